import Foundation
import JSON
import Testing

/// Every file that a run opens is named by a key of it. A library that is loaded before all others
/// writes down what the program opens.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct OpenedFilesTests {
  private static let spy = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <stdarg.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <unistd.h>
    static void note(const char *path) {
      static int log = -2;
      if (log == -2) {
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
        const char *name = getenv("OPENED_FILES");
        log = name ? real(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
      }
      if (log < 0 || !path) return;
      char line[4200];
      int length = snprintf(line, sizeof line, "%s\\n", path);
      if (length > 0 && length < (int)sizeof line && write(log, line, length) < 0) log = -1;
    }
    #define MODE(flags) \\
      int mode = 0; \\
      if ((flags) & (O_CREAT | O_TMPFILE)) { va_list a; va_start(a, flags); mode = va_arg(a, int); va_end(a); }
    #define OPEN(name) int name(const char *path, int flags, ...) { \\
      MODE(flags) note(path); \\
      int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); return real(path, flags, mode); }
    OPEN(open) OPEN(open64)
    #define OPENAT(name) int name(int at, const char *path, int flags, ...) { \\
      MODE(flags) note(path); \\
      int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, #name); \\
      return real(at, path, flags, mode); }
    OPENAT(openat) OPENAT(openat64)
    #define FOPEN(name) FILE *name(const char *path, const char *how) { \\
      note(path); FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, #name); \\
      return real(path, how); }
    FOPEN(fopen) FOPEN(fopen64)

    """

  static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(.enabled(if: compiler != nil, "there is no C compiler"))
  func whatIsOpenedIsNamedByAKey() throws {
    let program = try Program(copiesData: true)
    try program.write(Self.spy, to: "spy.c")
    let build = Process()
    build.executableURL = URL(filePath: Self.compiler ?? "")
    build.arguments = [
      "-shared", "-fPIC", "-o", "\(program.folder)/spy.so", "\(program.folder)/spy.c",
    ]
    try build.run()
    build.waitUntilExit()
    try #require(build.terminationStatus == 0)

    try program.write(SameBitsTests.script, to: "a.me")
    let outcome = try program.run(
      "run", "a.me", "--quiet",
      environment: [
        "LD_PRELOAD": "\(program.folder)/spy.so", "OPENED_FILES": "\(program.folder)/opened.txt",
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let folder = program.folder
    let opened = Set(
      try program.read("opened.txt").split(separator: "\n").compactMap { line -> String? in
        guard let place = line.range(of: "/data/"), line.hasPrefix(folder) else { return nil }
        let path = "data/" + line[place.upperBound...]
        var isFolder: ObjCBool = false
        FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
        return isFolder.boolValue ? nil : path
      })
    // The spy works.
    #expect(opened.contains("data/scenes/world.json") && opened.contains("data/scenes/words.txt"))
    #expect(opened.contains { $0.hasSuffix("diffusion_pytorch_model.safetensors") })

    let named = try Self.inputs(program)
    for path in opened.sorted() where !path.hasPrefix("data/paper/") {
      #expect(named.contains { path == $0 || path.hasPrefix($0 + "/") }, "\(path)")
    }
  }

  /// The files and folders that the keys of the newest run name.
  private static func inputs(_ program: Program) throws -> Set<String> {
    let record = try #require(program.files(below: ".merepl/runs").last)
    let json = JSONNode(
      try JSONValue(parsing: Array(try program.read(record).utf8), source: record), path: record)
    var names: Set<String> = []
    for key in try json.objects("keys") {
      let command = try key.string("command")
      for argument in try key.objects("arguments") {
        let name = try argument.string("name")
        let shown = try argument.string("shown")
        if name.hasPrefix("data/") { names.insert(name) }
        if command == "model", name == "files" { names.insert("data/checkpoints/\(shown)") }
        // Clips are drawn from the world whose hash is in the dataset's.
        if shown.hasPrefix("dataset ") { names.insert("data/scenes/world.json") }
      }
    }
    return names
  }
}
