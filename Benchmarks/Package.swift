// swift-tools-version: 6.0
import PackageDescription

/// A package of its own, so that what only benchmarks need stays out of merepl.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "merepl", path: ".."),
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2"),
  ],
  targets: [
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        .product(name: "MotionEnhancer", package: "merepl"),
        .product(name: "Benchmark", package: "swift-benchmark"),
      ],
      swiftSettings: [
        .swiftLanguageMode(.v5), .unsafeFlags(["-Xcc", "-march=x86-64-v3"]),
      ])
  ]
)
