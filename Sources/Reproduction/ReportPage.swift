import Canonical
import Commands
import Experiments
import Files
import Foundation
import Reporting

/// A script with its results as one page that needs nothing else.
public struct ReportPage {
  let pass: ScriptPass
  let lock: Lockfile
  /// The record of the newest run that gave the lock.
  public let run: PastRun?

  public init(_ pass: ScriptPass) throws {
    self.pass = pass
    let lock = try pass.script.lock()
    self.lock = lock
    run = RunHistory(folder: pass.session.runsFolder).runs.last { (try? $0.lock()) == lock }
  }

  public var html: String {
    let blocks = pass.session.host.blocks.map(text)
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'; img-src data:">
      <title>\(HTMLText.escaped(pass.script.name))</title>
      <style>\(Self.style)</style></head><body>
      \(blocks.joined(separator: "\n"))
      \(claims)
      \(provenance)
      </body></html>

      """
  }

  private func text(_ block: ScriptHost.Block) -> String {
    switch block {
    case .prose(let lines): HTMLText.prose(lines)
    case .table(let table): table.html
    case .figure(let name): figure(name)
    }
  }

  /// The figure as it was drawn for this page; no file of the repository is taken over. As a
  /// picture it can neither load nor run anything, and its names meet those of no other figure.
  private func figure(_ name: String) -> String {
    let path = "\(pass.session.workspace.outputFolder ?? "")/figures/\(name).svg"
    guard let svg = RegularFile.contents(path) else { return "" }
    let text = HTMLText.escaped(name)
    return """
      <figure><img alt="\(text)" src="data:image/svg+xml;base64,\(svg.base64EncodedString())">
      <figcaption>\(text)</figcaption></figure>
      """
  }

  private var claims: String {
    let claims = pass.session.host.claims
    if claims.isEmpty { return "" }
    let rows = claims.map { claim in
      let cells = [claim.statement, claim.verdict.rawValue, claim.evidence]
      return "<tr>\(cells.map { "<td>\(HTMLText.escaped($0))</td>" }.joined())</tr>"
    }
    return """
      <h2>Claims</h2>
      <table class="list"><thead><tr><th>claim</th><th>verdict</th><th>difference</th></tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table>
      """
  }

  private var provenance: String {
    var facts: [(String, String)] = [
      ("script", pass.script.path),
      ("lock (SHA-256)", ContentHash(of: Array(lock.text.utf8)).hex), ("tool", ToolVersion.current),
    ]
    if let run {
      let commit = run.commit.map { $0 + (run.isDirty ? " with uncommitted changes" : "") }
      facts += [
        ("run", "\(run.id), \(ProgressStep.duration(run.seconds))"), ("commit", commit ?? "-"),
        ("processor", (try? run.json.find("machine")?.string("processor")) ?? "-"),
        ("system", (try? run.json.find("machine")?.string("system")) ?? "-"),
      ]
    }
    let rows = facts.map {
      "<tr><th>\(HTMLText.escaped($0))</th><td>\(HTMLText.escaped($1))</td></tr>"
    }
    let results = lock.results.sorted {
      ($0.command, $0.label, $0.key) < ($1.command, $1.label, $1.key)
    }
    let distinctions = ResultDistinctions(results, keys: pass.session.record.keys)
    let listed = results.map { result in
      let cells = [
        result.command, result.label, distinctions.text(result), result.key, result.content.short,
      ]
      return "<tr>\(cells.map { "<td>\(HTMLText.escaped($0))</td>" }.joined())</tr>"
    }
    return """
      <h2>Provenance</h2>
      <table><tbody>\(rows.joined(separator: "\n"))</tbody></table>
      <details><summary>\(results.count) results</summary>
      <table class="list"><thead><tr><th>command</th><th>label</th>\
      <th>differs in</th><th>key</th><th>content hash</th></tr></thead>
      <tbody>\(listed.joined(separator: "\n"))</tbody></table></details>
      <p class="note">Verify with: merepl verify \(HTMLText.escaped(pass.script.path))</p>
      """
  }

  private static let style = """
    body{font:16px/1.5 'DejaVu Sans',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums}
    caption{font-weight:bold;text-align:left;padding:.3rem 0;white-space:nowrap}
    td{overflow-wrap:anywhere}thead th:not(:first-child){text-align:right}
    .list th{text-align:left !important}
    th,td{padding:.15rem .7rem;text-align:left;border-bottom:1px solid #ccc}
    td.measured,td.published{text-align:right}td.published{color:#666}
    figure{margin:1.5rem 0;overflow-x:auto}img{zoom:1.5;max-width:100%}details{margin:.8rem 0}
    .note,figcaption{color:#666;font-size:.85rem;margin:.2rem 0}
    """
}
