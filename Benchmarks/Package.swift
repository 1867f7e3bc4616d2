// swift-tools-version: 6.0
import PackageDescription

let simd = SwiftSetting.unsafeFlags(["-Xcc", "-march=x86-64-v3"])
let models = Target.Dependency.product(name: "MereplModels", package: "merepl")

/// A package of its own, so that what only benchmarks need stays out of merepl.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "merepl", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        models, .product(name: "Benchmark", package: "swift-benchmark"),
      ],
      swiftSettings: [.swiftLanguageMode(.v5), simd]),
    .executableTarget(
      name: "ModelBenchmarks",
      dependencies: [
        "COpenBLAS", models,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [simd]),
  ]
)
