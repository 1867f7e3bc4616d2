import Diagnostics
import Foundation
import ScriptSyntax
import TestSupport
import Testing

@Suite struct FormatterTests {
  @Test func laysOutOneWay() throws {
    let text = """
      me   1
      # kept


      let a=1+2*-3 ;  let b = [1,2 ,{x:1,"two words":-2}]   # and this
      fn f( x,y : float=0.5+0.5 ){
      # inside
          let z=x** -1

          show (x) token:"{x}";
          show -1
          show [1]
          f(x)
          if not(x>1)and true{z}else{ - z }
      }

      let c = over(5,fn(s){
      s |> f
      })
      let d = b
      |> len
      let e = fn () {}
      """
    let expected = """
      me 1
      # kept

      let a = 1 + 2 * -3; let b = [1, 2, {x: 1, "two words": -2}]  # and this
      fn f(x, y: float = 0.5 + 0.5) {
        # inside
        let z = x ** -1

        show (x) token: "{x}"
        show -1
        show [1]
        f(x)
        if not (x > 1) and true { z } else { -z }
      }

      let c = over(5, fn(s) {
        s |> f
      })
      let d = b
        |> len
      let e = fn() {}

      """
    #expect(try Formatter.format(text) == expected)
  }

  @Test func refusesWhatItCannotRead() {
    #expect(throws: Diagnostic.self) { try Formatter.format("me 1\nlet = 3\n") }
  }

  @Test(arguments: GoldenScript.all)
  func keepsTheMeaning(_ script: GoldenScript) throws {
    guard let once = try? Formatter.format(script.text) else { return }
    #expect(try Formatter.format(once) == once)
    let before = Script.parse(script.text, path: "before.me")
    let after = Script.parse(once, path: "after.me")
    #expect(after.canonicalBytes == before.canonicalBytes)
    #expect(after.commentTexts == before.commentTexts)
    #expect(GoldenOutcome(script, text: once).output == GoldenOutcome(script).output)
  }

  /// The experiments of the repository, by path.
  static let experiments: [URL] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return ["experiments", "experiments/parts"].flatMap { folder in
      let place = root.appendingPathComponent(folder)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
      return names.filter { $0.hasSuffix(".me") }.sorted().map(place.appendingPathComponent)
    }
  }()

  @Test func thereAreExperiments() { #expect(Self.experiments.count >= 4) }

  @Test(arguments: experiments)
  func keepsTheExperiments(_ url: URL) throws {
    let text = try String(contentsOf: url, encoding: .utf8)
    let once = try Formatter.format(text)
    #expect(try Formatter.format(once) == once)
    let before = Script.parse(text, path: "before.me")
    let after = Script.parse(once, path: "after.me")
    #expect(after.diagnostics.isEmpty)
    #expect(after.canonicalBytes == before.canonicalBytes)
    #expect(after.commentTexts == before.commentTexts)
  }
}
