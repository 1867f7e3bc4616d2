// swift-tools-version: 6.0
import PackageDescription

/// Every Swift target is compiled for AVX2 and FMA, the instruction set that `portable` results
/// are defined on. The flag reaches the code generator through the Clang importer.
let simd: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]

let orderedCollections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

/// What every model is made of.
let modelParts: [Target.Dependency] = [
  "Tensors", "Layers", "Checkpoints", "Tokenizers", "Video", "JSON",
]

/// A module with its imports (the table in CONTRIBUTING.md). Every one is listed, for SwiftPM
/// compiles a module again only after those that it lists.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: simd)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude,
    swiftSettings: simd)
}

let package = Package(
  name: "merepl",
  products: [
    .executable(name: "merepl", targets: ["merepl"]),
    .library(
      name: "MotionEnhancer",
      targets: [
        "Kernels", "Ranks", "Tensors", "Layers", "Checkpoints", "Tokenizers", "VideoDiffusion",
        "VisionLanguage", "MotionAlignment",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
    .systemLibrary(name: "CJSON", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(
      name: "CFFmpeg",
      providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]),
    .target(
      name: "FFmpegLoader", exclude: ["functions.inc"], linkerSettings: [.linkedLibrary("dl")]),
    .systemLibrary(
      name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .target(name: "ProcessorCheck"),
    .target(name: "CFiles"),
    .target(name: "ConfinedProcess"),
    .target(
      name: "GnuplotIOStream", dependencies: ["ConfinedProcess"],
      linkerSettings: [
        .linkedLibrary("boost_iostreams"), .linkedLibrary("boost_system"),
        .linkedLibrary("boost_filesystem"),
      ]),

    module("Diagnostics"),
    module("Files", ["CFiles"]),
    module("Sandbox", ["ConfinedProcess", "CSeccomp"]),
    module("JSON", ["CJSON", "Files", orderedCollections]),
    module("Kernels", ["COpenBLAS", "CDNNL"]),
    module("Ranks"),
    module("Tensors", ["Kernels", "Ranks", crypto]),
    module("Layers", ["Ranks", "Tensors"]),
    module("Checkpoints", ["Files", "Tensors", "Layers", "JSON", orderedCollections]),
    module("Tokenizers", ["Files", "JSON", heap, orderedCollections]),
    module("Video", ["Kernels", "Tensors", "JSON"]),
    module("VideoIO", ["Files", "Video", "CFFmpeg", "FFmpegLoader"]),
    module("VideoDiffusion", ["Ranks"] + modelParts),
    module("VisionLanguage", modelParts),
    module("MotionAlignment", ["VideoDiffusion", "VisionLanguage", "Ranks"] + modelParts),
    module("Evaluation", ["VisionLanguage", "Video", "Tensors", "JSON"]),
    .target(
      name: "ScriptSyntax", dependencies: ["Diagnostics"], exclude: ["grammar.txt"],
      swiftSettings: simd),
    module("ScriptChecker", ["ScriptSyntax", "Diagnostics"]),
    module(
      "ScriptInterpreter",
      ["ScriptChecker", "ScriptSyntax", "Diagnostics", orderedCollections, crypto]),
    module("EditorSupport", ["ScriptSyntax", "ScriptChecker", "Diagnostics", "JSON"]),
    module("Experiments", ["Files", "JSON", "Sandbox", "CArchive", crypto]),
    module("Reporting", ["Experiments", "Files", "GnuplotIOStream", "JSON", "Sandbox"]),
    module(
      "Commands",
      modelParts + [
        "VideoIO", "VideoDiffusion", "VisionLanguage", "MotionAlignment", "Evaluation", "Ranks",
        "Diagnostics", "Files", "ScriptSyntax", "ScriptChecker", "ScriptInterpreter",
        "Experiments", "Reporting", "Sandbox", orderedCollections, crypto,
      ]),
    .executableTarget(
      name: "merepl",
      dependencies: [
        "Commands", "Reporting", "CReadline", "Diagnostics", "ScriptSyntax", "ScriptChecker",
        "ScriptInterpreter", "EditorSupport", "Experiments", "Files", "JSON", "Sandbox", "Ranks",
        "Tensors", "ProcessorCheck",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: simd),
    .target(
      name: "TestSupport", dependencies: ["Tensors", "JSON", "Checkpoints"],
      swiftSettings: simd),

    tests("KernelsTests", ["Kernels"]),
    tests("RanksTests", ["Ranks"]),
    tests("TensorsTests", ["Ranks", "Tensors"]),
    tests("LayersTests", ["Layers", "Ranks"]),
    tests("JSONTests", ["JSON"]),
    tests("CheckpointsTests", ["Checkpoints"]),
    tests("TokenizersTests", ["Tokenizers"], exclude: ["Fixtures"]),
    tests("VideoTests", ["Video", .product(name: "Crypto", package: "swift-crypto")]),
    tests("VideoIOTests", ["VideoIO", .product(name: "Crypto", package: "swift-crypto")]),
    tests("VideoDiffusionTests", ["VideoDiffusion"], exclude: ["Fixtures"]),
    tests("VisionLanguageTests", ["VisionLanguage"], exclude: ["Fixtures"]),
    tests("MotionAlignmentTests", ["MotionAlignment", "Ranks"]),
    tests("EvaluationTests", ["Evaluation"]),
    tests("ScriptTests", ["ScriptInterpreter"], exclude: ["Golden", "Hostile"]),
    tests("ExperimentsTests", ["Experiments"]),
    tests("ReportingTests", ["Reporting", "GnuplotIOStream"]),
    tests("CommandsTests", ["Commands"], exclude: ["Fixtures", "Golden"]),
    tests("SandboxTests", ["Sandbox"]),
    tests("MereplTests", ["merepl", "Experiments", "Video", "VideoIO", "Sandbox"]),
  ],
  cxxLanguageStandard: .cxx17
)
