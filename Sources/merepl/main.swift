import Commands
import Diagnostics
import Experiments
import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax

let path = CommandLine.arguments[1]
let progress = ProgressDisplay(mode: .automatic())
do {
  let workspace = try Workspace(progress: progress)
  let host = ScriptHost(workspace: workspace)
  let text = try String(contentsOfFile: path, encoding: .utf8)
  let interpreter = Interpreter(host: host)
  let program = Program.load(SourceFile(path: path, text: text)) { included, from in
    let folder = (from.path as NSString).deletingLastPathComponent
    let full = "\(folder)/\(included)"
    return SourceFile(path: full, text: try String(contentsOfFile: full, encoding: .utf8))
  }
  if CommandLine.arguments.count > 2 {
    print(DiagnosticRenderer().render(Checker.check(program, signatures: host.signatures))); exit(0)
  }
  _ = try interpreter.run(program)
  host.finish()
  try workspace.lock.write(to: path.replacingOccurrences(of: ".me", with: ".lock"))
} catch { print("\(error)") }
