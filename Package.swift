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
  "Tensors", "Layers", "Training", "Capture", "Checkpoints", "Tokenizers", "Video", "JSON",
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
      name: "MereplModels",
      targets: [
        "Tensors", "Layers", "Training", "Capture", "Checkpoints", "Tokenizers", "Video",
        "MiniWorld",
        "VideoDiffusion", "VisionLanguage", "Evaluation", "MotionEnhancer",
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
    module("Tensors", ["COpenBLAS", "CDNNL", crypto]),
    module("Layers", ["Tensors"]),
    module("Training", ["Layers", "Tensors"]),
    module("Capture", ["Tensors"]),
    module("Checkpoints", ["Files", "Tensors", "Layers", "JSON", orderedCollections]),
    module("Tokenizers", ["Files", "JSON", heap, orderedCollections]),
    module("Video", ["Tensors", "JSON"]),
    module("VideoIO", ["Files", "Video", "CFFmpeg", "FFmpegLoader"]),
    module("MiniWorld", ["Video", "Tensors", "JSON"]),
    module("VideoDiffusion", modelParts),
    module("VisionLanguage", modelParts),
    module("Evaluation", ["VisionLanguage", "MiniWorld"] + modelParts),
    module("MotionEnhancer", ["VideoDiffusion", "VisionLanguage", "Evaluation"] + modelParts),
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
      "ModelTools",
      modelParts + [
        "VideoIO", "VideoDiffusion", "VisionLanguage", "MotionEnhancer", "Diagnostics", "Files",
        "Experiments", "Reporting", orderedCollections,
      ]),
    module(
      "Commands",
      modelParts + [
        "MiniWorld", "ModelTools", "VideoIO", "VideoDiffusion", "VisionLanguage", "MotionEnhancer", "Evaluation",
        "Diagnostics", "Files", "ScriptSyntax", "ScriptChecker", "ScriptInterpreter",
        "Experiments", "Reporting", "Sandbox", orderedCollections, crypto,
      ]),
    module(
      "Reproduction",
      [
        "Commands", "Experiments", "Reporting", "Sandbox", "Files", "JSON", "Diagnostics",
        "ScriptSyntax", "ScriptInterpreter", "Tensors",
      ]),
    .executableTarget(
      name: "merepl",
      dependencies: [
        "Reproduction", "ModelTools", "Commands", "Reporting", "CReadline", "Diagnostics", "ScriptSyntax", "ScriptChecker",
        "ScriptInterpreter", "EditorSupport", "Experiments", "Files", "JSON", "Sandbox", "Tensors",
        "ProcessorCheck",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: simd),
    .target(
      name: "TestSupport", dependencies: ["Tensors", "JSON", "Checkpoints"],
      swiftSettings: simd),

    tests("TensorsTests", ["Tensors"]),
    tests("TrainingTests", ["Training"]),
    tests("CaptureTests", ["Capture"]),
    tests("JSONTests", ["JSON"]),
    tests("CheckpointsTests", ["Checkpoints"]),
    tests("TokenizersTests", ["Tokenizers"], exclude: ["Fixtures"]),
    tests("VideoTests", ["Video", .product(name: "Crypto", package: "swift-crypto")]),
    tests("MiniWorldTests", ["MiniWorld"]),
    tests("VideoIOTests", ["VideoIO", .product(name: "Crypto", package: "swift-crypto")]),
    tests("VideoDiffusionTests", ["Capture", "VideoDiffusion"], exclude: ["Fixtures"]),
    tests("VisionLanguageTests", ["Capture", "VisionLanguage"], exclude: ["Fixtures"]),
    tests("MotionEnhancerTests", ["MotionEnhancer"]),
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
