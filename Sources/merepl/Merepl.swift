import ArgumentParser
import Reproduction

/// The command line: `merepl`, `merepl run FILE`, `merepl check FILE`, `merepl extract VIDEO`,
/// `merepl forward MODEL_DIR`, `merepl tokenize MODEL_DIR`.
@main
struct Merepl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merepl",
    abstract: "Runs the MotionEnhancer experiments as scripts with reproducible results.",
    discussion: """
      Without a subcommand, starts the prompt, or runs the script on standard input if that is \
      not a terminal.

      Exit status: 0 success, 1 runtime error, 2 check failed, 3 claim not supported (run \
      --strict), verification failed or cells differ (diff), 4 limit exceeded, 5 input missing, \
      not valid or changed, 10 work pending (plan --exit-code), 64 usage error, 130 interrupted, \
      143 terminated.
      """,
    version: ToolVersion.current,
    subcommands: [
      Run.self, Check.self, Fmt.self, Plan.self, Why.self, Verify.self, Status.self, Runs.self,
      Diff.self, Report.self, BundleCommand.self, UnbundleCommand.self, Extract.self,
      Forward.self, Preprocess.self, Tokenize.self, Explain.self, Gc.self, Doctor.self,
      LanguageServerCommand.self, Prompt.self,
    ],
    defaultSubcommand: Prompt.self)
}
