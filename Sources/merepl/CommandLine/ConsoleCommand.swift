import ArgumentParser
import Diagnostics
import Files
import Foundation
import Reproduction
import ScriptInterpreter

/// A subcommand that reports its own errors and ends with one of merepl's exit statuses.
protocol ConsoleCommand: ParsableCommand {
  var options: GlobalOptions { get }
  func run(on console: Console) throws -> ExitStatus
}

extension ConsoleCommand {
  func run() throws {
    ReadFiles.startProtecting()
    let console = options.console()
    var status: ExitStatus
    do {
      status = try run(on: console)
    } catch let error as ValidationError {
      throw error
    } catch {
      status = console.report(error)
    }
    if status == .ok, let problem = Console.outputProblem {
      status = console.report(CommandError(problem, exitCode: 1))
    }
    if status != .ok { throw ExitCode(status.code) }
  }
}

extension Assignment: ExpressibleByArgument {}
