import ArgumentParser
import Commands
import Reproduction

/// The script of a subcommand and the values of its parameters.
struct ScriptArguments: ParsableArguments {
  @ArgumentParser.Argument(help: "The script.", completion: .file(extensions: ["me"]))
  var file: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set a param of the script; repeatable.", valueName: "name=value"))
  var assignments: [Assignment] = []

  var script: ScriptFile {
    Workspace.begin(script: file)
    return ScriptFile(file)
  }
}
