import Canonical
import Experiments
import Foundation
import JSON
import Testing

/// `report`: one page that needs nothing else and does nothing but show.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct ReportTests {
  /// Prose and names that would do harm in a page that took them as they are.
  static let text =
    SmallExperiment.text.replacing(
      "seed 3",
      with: """
        ## # Five *steps* & more
        ## <script>alert(1)</script> <img src=x onerror=alert(2)> `<b>` **strong**
        ## - a [link](javascript:alert(3)) to <https://example.org/page>
        seed 3
        """
    ).replacing("\"Scores\"", with: "\"Scores <i onclick='x'>\"")
    .replacing("row \"tune\"", with: "row \"<tune> & 'more'\"")
    .replacing("\"scores differ\"", with: "\"</td><script src='//example.org/x.js'></script>\"")
    .replacing("figure \"scores\"", with: "figure \"first\"").appending(
      """
      figure "second" bars({all: {one: [1.0], two: [2.0]}}, y_label: "<script>alert(4)</script>")

      """)

  private static let page = Result {
    let program = try Program()
    try program.write(text, to: "a.me")
    let run = try program.run("run", "a.me", "--quiet")
    let report = try program.run("report", "a.me", "-o", "r.html")
    guard run.status == 0, report.status == 0 else {
      throw SmallExperiment.Failure(text: run.errors + report.errors)
    }
    return (page: try program.read("r.html"), lock: try program.read("a.lock"))
  }

  @Test func everythingIsOnThePage() throws {
    let (page, lock) = try Self.page.get()
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    #expect(page.contains("<h1>Five <em>steps</em> &amp; more</h1>"), "\(page)")
    #expect(page.contains("<code>&lt;b&gt;</code> <strong>strong</strong>"))
    #expect(page.contains("<caption>Scores &lt;i onclick=&#39;x&#39;&gt;</caption>"))
    #expect(page.contains("<tr><th>&lt;tune&gt; &amp; &#39;more&#39;</th><td class=\"measured\">"))
    #expect(page.contains("<td>not supported</td>"))
    // In the order of the script.
    let order = ["<h1>", "<caption>", "alt=\"first\"", "alt=\"second\"", "<h2>Provenance</h2>"]
    let places = order.compactMap { page.range(of: $0)?.lowerBound }
    #expect(places.count == order.count && places == places.sorted())
    // Where the numbers come from.
    #expect(page.contains(ContentHash(of: Array(lock.utf8)).hex))
    for fact in ["script", "tool", "run", "commit", "processor", "system"] {
      #expect(page.contains("<tr><th>\(fact)</th>"), "\(fact)")
    }
    let results = try Lockfile(parsing: lock).results
    #expect(results.count == 3 && results.allSatisfy { page.contains("<td>\($0.key)</td>") })
    #expect(page.contains("merepl verify a.me"))
    #expect(page.contains("<h2>Claims</h2>") && page.contains("<th>differs in</th>"))
  }

  @Test func aHostileScriptStaysText() throws {
    let (page, _) = try Self.page.get()
    // Every tag is one of the page's own, with its own attributes.
    let tags = page.matches(of: /<(\/?[A-Za-z!][^>\s]*)([^>]*)>/)
    let known: Set<Substring> = [
      "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li",
      "code", "strong", "em", "figure", "figcaption", "table", "caption", "thead", "tbody", "tr",
      "th", "td", "img", "details", "summary",
    ]
    #expect(tags.count > 60)
    for tag in tags {
      let name = tag.1.hasPrefix("/") ? tag.1.dropFirst() : tag.1
      #expect(known.contains(name), "\(tag.0)")
      for attribute in tag.2.matches(of: /\s([a-z-]+)="/) {
        #expect(
          ["lang", "charset", "http-equiv", "content", "name", "class", "alt", "src"]
            .contains(attribute.1) || name == "meta", "\(tag.0)")
      }
    }
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(page.contains("[link](javascript:alert(3))"))
  }

  @Test func thePageLoadsNothing() throws {
    let (page, _) = try Self.page.get()
    #expect(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"))
    #expect(!page.contains("url(") && !page.contains("@import") && !page.contains("href="))
    let sources = page.matches(of: /<[^>]* src="([^"]*)"/).map(\.1)
    #expect(sources.count == 2)
    for source in sources {
      let prefix = "data:image/svg+xml;base64,"
      #expect(source.hasPrefix(prefix))
      let bytes = try #require(Data(base64Encoded: String(source.dropFirst(prefix.count))))
      let svg = String(decoding: bytes, as: UTF8.self)
      #expect(svg.contains("<svg") && svg.contains("</svg>"))
      #expect(!svg.contains("<script"))
      for link in svg.matches(of: /href=['"]([^'"]*)/).map(\.1) {
        #expect(link.hasPrefix("#") || link.hasPrefix("data:"), "\(link)")
      }
    }
  }

  /// Two results of one label are told apart by what their keys differ in.
  @Test func rowsOfTheSameLabelAreToldApart() throws {
    let program = try Program()
    try program.write(
      """
      me 1
      seed 5
      let vdm = model("cogvideox-1.5-5b")
      let clips = dataset("sft-25k", count: 1)
      fn named(steps) { localisation(extract(vdm, data: clips, steps: steps)) }
      table "T" key "k" {
        row "one": named(1)
        row "two": named(2)
      }

      """, to: "a.me")
    let run = try program.run("run", "a.me", "--quiet")
    #expect(run.status == 0, "\(run.errors)")
    let report = try program.run("report", "a.me", "-o", "r.html", "--json")
    let json = JSONNode(try JSONValue(parsing: Array(report.output.utf8), source: "report"))
    #expect(try json.string("file") == "r.html" && json.int("bytes") > 1000, "\(report.errors)")
    let page = try program.read("r.html")
    for steps in [1, 2] {
      #expect(page.contains("<td>extract: steps \(steps)</td>"), "\(page)")
    }
  }

  @Test func withoutResultsThereIsNoPage() throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    let outcome = try program.run("report", "a.me", "-o", "r.html")
    #expect(outcome.status == 1 && !program.exists("r.html"))
    #expect(outcome.errors.contains("results of a.me are not computed yet"), "\(outcome.errors)")
  }
}
