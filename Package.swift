// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled for AVX2 and FMA, the instruction set that `portable` results
/// are defined on. The flag reaches the code generator through the Clang importer.
let simd: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]

let orderedCollections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")

/// What every model is made of.
let modelParts: [Target.Dependency] = [
  "Ranks", "Tensors", "Layers", "Training", "Capture", "Checkpoints", "Tokenizers", "Video", "JSON",
  "Files",
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
        "Kernels", "Ranks", "Tensors", "Layers", "Training", "Capture", "Checkpoints", "Tokenizers",
        "Video", "MiniWorld", "VideoDiffusion", "VisionLanguage", "Evaluation", "MotionEnhancer",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
    .systemLibrary(name: "CJSON", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(
      name: "CFFmpeg",
      providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]),
    .target(
      name: "FFmpegLoader", exclude: ["functions.inc"], linkerSettings: [.linkedLibrary("dl")]),
    .systemLibrary(
      name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    // Optimised in debug builds, too, and never contracting what is written as two operations.
    .target(
      name: "PortableKernels", cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off"])]),
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
    module("Canonical", ["CNettle"]),
    module("Sandbox", ["ConfinedProcess", "CSeccomp", "Files"]),
    module("JSON", ["CJSON", "Files", orderedCollections]),
    module("Kernels", ["PortableKernels", "CDNNL"]),
    module("Ranks"),
    module("Tensors", ["Kernels", "Ranks", "Canonical"]),
    module("Layers", ["Tensors"]),
    module("Training", ["Layers", "Ranks", "Tensors"]),
    module("Capture", ["Diagnostics", "Tensors"]),
    module("Checkpoints", ["Files", "Tensors", "Layers", "JSON", orderedCollections]),
    module("Tokenizers", ["Files", "JSON", heap, orderedCollections]),
    module("Video", ["Kernels", "Ranks", "Tensors", "JSON"]),
    module("VideoIO", ["Files", "Video", "CFFmpeg", "FFmpegLoader"]),
    module("MiniWorld", ["Video", "Tensors", "JSON"]),
    module("VideoDiffusion", modelParts),
    module("VisionLanguage", modelParts),
    module("Evaluation", ["VisionLanguage", "MiniWorld", orderedCollections] + modelParts),
    module(
      "MotionEnhancer",
      ["VideoDiffusion", "VisionLanguage", "Evaluation", "MiniWorld"] + modelParts),
    .target(
      name: "ScriptSyntax", dependencies: ["Diagnostics", "Canonical"], exclude: ["grammar.txt"],
      swiftSettings: simd),
    module("ScriptChecker", ["ScriptSyntax", "Diagnostics"]),
    module(
      "ScriptInterpreter",
      ["ScriptChecker", "ScriptSyntax", "Diagnostics", "Canonical", orderedCollections]),
    module("EditorSupport", ["ScriptSyntax", "ScriptChecker", "Diagnostics", "JSON"]),
    module("Experiments", ["Files", "JSON", "Sandbox", "CArchive", "Canonical"]),
    module(
      "Reporting",
      ["Experiments", "Files", "Canonical", "GnuplotIOStream", "JSON", "Sandbox"]),
    module(
      "ModelTools",
      modelParts + [
        "VideoIO", "VideoDiffusion", "VisionLanguage", "MotionEnhancer", "Diagnostics",
        "Experiments", "Reporting", orderedCollections,
      ]),
    module(
      "Commands",
      modelParts + [
        "MiniWorld", "ModelTools", "VideoIO", "VideoDiffusion", "VisionLanguage", "MotionEnhancer",
        "Evaluation", "Diagnostics", "Canonical", "ScriptSyntax", "ScriptChecker",
        "ScriptInterpreter", "Experiments", "Reporting", "Sandbox", orderedCollections,
      ]),
    module(
      "Reproduction",
      [
        "Commands", "Experiments", "Reporting", "Sandbox", "Files", "JSON", "Diagnostics",
        "ScriptSyntax", "ScriptInterpreter", "EditorSupport", "Canonical", "Ranks", "Tensors",
      ]),
    .executableTarget(
      name: "merepl",
      dependencies: [
        "Reproduction", "ModelTools", "Commands", "Reporting", "CReadline", "Diagnostics",
        "ScriptSyntax", "ScriptChecker", "ScriptInterpreter", "EditorSupport", "Experiments",
        "Files", "Canonical", "JSON", "Sandbox", "Ranks", "Tensors", "ProcessorCheck",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: simd),
    .target(
      name: "TestSupport", dependencies: ["Tensors", "JSON", "Checkpoints"],
      swiftSettings: simd),

    tests("FilesTests", ["Files"]),
    tests("CanonicalTests", ["Canonical"]),
    tests("KernelsTests", ["Kernels", "PortableKernels"]),
    tests("RanksTests", ["Ranks"]),
    tests("TensorsTests", ["Ranks", "Tensors"]),
    tests("TrainingTests", ["Training", "Ranks"]),
    tests("CaptureTests", ["Capture", "Tensors"]),
    tests("JSONTests", ["JSON"]),
    tests("CheckpointsTests", ["Checkpoints", "Files"]),
    tests("TokenizersTests", ["Tokenizers"], exclude: ["Fixtures"]),
    tests("VideoTests", ["Video", "Canonical"]),
    tests("MiniWorldTests", ["MiniWorld"]),
    tests("VideoIOTests", ["VideoIO", "Canonical"]),
    tests(
      "VideoDiffusionTests", ["Capture", "VideoDiffusion", "Training", "Ranks", "Files"],
      exclude: ["Fixtures"]),
    tests(
      "VisionLanguageTests", ["Capture", "VisionLanguage", "Training", "Ranks", "Files"],
      exclude: ["Fixtures"]),
    tests("MotionEnhancerTests", ["MotionEnhancer", "Ranks"]),
    tests("EvaluationTests", ["Evaluation"]),
    tests("ScriptTests", ["ScriptInterpreter", "EditorSupport"], exclude: ["Golden", "Hostile"]),
    tests("ExperimentsTests", ["Experiments", "Canonical"]),
    tests("ReportingTests", ["Reporting", "GnuplotIOStream"]),
    tests("CommandsTests", ["Commands"], exclude: ["Fixtures", "Golden"]),
    tests("SandboxTests", ["Sandbox", "Files"]),
    tests(
      "MereplTests", ["merepl", "Experiments", "Canonical", "Video", "VideoIO", "Sandbox"]),
  ],
  cxxLanguageStandard: .cxx17
)
