import Commands
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
  _ = try interpreter.run(Script.parse(text, path: path))
  host.finish()
  try workspace.lock.write(to: path.replacingOccurrences(of: ".me", with: ".lock"))
} catch { print("\(error)") }
