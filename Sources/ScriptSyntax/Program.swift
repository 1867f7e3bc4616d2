import Diagnostics

/// A script with everything it includes.
public struct Program: Sendable {
  /// Reads an included file. Throws (any `CustomStringConvertible` error) when the path is not
  /// allowed or cannot be read.
  public typealias IncludeResolver = (_ path: String, _ from: SourceFile) throws -> SourceFile

  /// What a script and all that it includes may have together.
  public static let maximumBytes = 4 << 20
  public static let maximumFiles = 256

  public let main: Script
  /// The scripts behind each `include` statement, by the place of the statement; a file included
  /// a second time adds nothing and is left out.
  public let included: [SourceSpan: Script]
  /// Syntax errors of all files and includes that failed.
  public let diagnostics: [Diagnostic]

  public static func load(
    _ file: SourceFile, resolveInclude: IncludeResolver = refuseIncludes
  ) -> Program {
    load(Script.parse(file), resolveInclude: resolveInclude)
  }

  public static func load(
    _ main: Script, resolveInclude: IncludeResolver = refuseIncludes
  ) -> Program {
    var loader = Loader()
    loader.visit(main, chain: [main.file.path], resolve: resolveInclude)
    return Program(main: main, included: loader.included, diagnostics: loader.diagnostics)
  }

  /// For scripts that may not include other files.
  public static func refuseIncludes(path: String, from: SourceFile) throws -> SourceFile {
    throw IncludeRefused(description: "includes are not available here")
  }

  struct IncludeRefused: Error, CustomStringConvertible {
    let description: String
  }

  private struct Loader {
    var included: [SourceSpan: Script] = [:]
    var diagnostics: [Diagnostic] = []
    var seen: Set<String> = []
    var bytes = 0
    var isFull = false

    mutating func visit(_ script: Script, chain: [String], resolve: IncludeResolver) {
      if diagnostics.count < [Diagnostic].mostShown { diagnostics += script.diagnostics }
      seen.insert(script.file.path)
      bytes += script.file.bytes.count
      for statement in script.statements {
        if case .include(let include) = statement.kind {
          follow(include, from: script.file, chain: chain, resolve: resolve)
        }
      }
    }

    mutating func follow(
      _ include: Include, from file: SourceFile, chain: [String], resolve: IncludeResolver
    ) {
      if isFull { return }
      do {
        let source = try resolve(include.path, file)
        if chain.contains(source.path) {
          let circle = (chain + [source.path]).joined(separator: " -> ")
          diagnostics.append(
            Diagnostic(
              .includeCycle, "\"\(include.path)\" includes itself: \(circle)", at: include.span))
          return
        }
        guard !seen.contains(source.path) else { return }
        guard seen.count < Program.maximumFiles,
          bytes + source.bytes.count <= Program.maximumBytes
        else {
          // Said once; nothing more is read.
          isFull = true
          diagnostics.append(
            Diagnostic(
              .fileTooLarge,
              "the script and its includes exceed \(Program.maximumBytes >> 20) MiB or "
                + "\(Program.maximumFiles) files", at: include.span))
          return
        }
        let script = Script.parse(source)
        included[include.span] = script
        visit(script, chain: chain + [source.path], resolve: resolve)
      } catch {
        diagnostics.append(
          Diagnostic(
            .includeFailed, "cannot include \"\(include.path)\": \(error)", at: include.span))
      }
    }
  }
}
