import Diagnostics
import Files

/// Weights are used where their files are mapped, so the files must stay as they are until the
/// result is written.
public enum UnchangedInputs {
  /// Called before a result is written.
  /// - Throws: ``CommandError`` with status 5 where a mapped file was changed meanwhile
  public static func require() throws(CommandError) {
    guard let path = MappedFiles.changed else { return }
    throw CommandError(
      "\(path) changed while it was being read; nothing was written",
      suggestion: "do not modify inputs while they are read; run again", exitCode: 5)
  }
}
