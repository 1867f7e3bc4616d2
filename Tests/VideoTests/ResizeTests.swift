import Canonical
import Foundation
import Testing
import Video

/// Noise from a linear congruential generator, the same in the reference script.
private func noise(_ count: Int) -> [UInt8] {
  var state: UInt64 = 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}

/// A picture of noise and the SHA-256 of its resized pixels.
///
/// `pillow`: `Image.resize` of Pillow 11.3. `torch`: `interpolate(antialias=True)` of PyTorch 2.15
/// on floats, clamped and rounded. `torch8`: the same on 8-bit samples.
struct ResizeCase: Sendable, CustomTestStringConvertible {
  var height, width, toHeight, toWidth: Int
  var filter: ResizeFilter
  var pillow: String
  var torch: String
  var torch8: String

  init(
    _ height: Int, _ width: Int, to toHeight: Int, _ toWidth: Int, _ filter: ResizeFilter,
    pillow: String, torch: String, torch8: String
  ) {
    (self.height, self.width, self.toHeight, self.toWidth) = (height, width, toHeight, toWidth)
    (self.filter, self.pillow) = (filter, pillow)
    (self.torch, self.torch8) = (torch, torch8)
  }

  var testDescription: String { "\(height)x\(width) to \(toHeight)x\(toWidth), \(filter)" }

  /// Two equal frames of the picture.
  var clip: Clip {
    let picture = noise(height * width * 3)
    return Clip(
      frames: 2, height: height, width: width, pixels: picture + picture, framesPerSecond: 1)
  }

  static let all = [
    ResizeCase(
      48, 48, to: 28, 28, .bilinear,
      pillow: "9eab3e6f2234ce44af95f5aa67ef6597d03901a5a0326cfb07e19d474265a9c8",
      torch: "8077807b6fbed576b4b0675ed05d394ecb2645c0cb910cd1617659b4f77cc601",
      torch8: "bea204ac8096899688a5afaa7b7815ebacc8cf078b889121df408440b9eaaf04"),
    ResizeCase(
      48, 48, to: 28, 28, .bicubic,
      pillow: "fbb82959e48996551f6e61ee39be193a822a948eadfab45229423b417902065f",
      torch: "626225c88346581f524238e0bc077e4a97c86bc3c7a02037b60db3a3ee072ef2",
      torch8: "685d49d05f3dd0fae44e1e515a9c11f11bd8cee9423b2b1a0834da3d0be1144a"),
    ResizeCase(
      37, 53, to: 80, 61, .bilinear,
      pillow: "8046c7456dc4156c5505c50709cacb4ecbd383de463dffe1254f917a4751042f",
      torch: "010e1067369ad324c75e6eb4806af5e757caea9ac597700c6e107cd03d6c1810",
      torch8: "8046c7456dc4156c5505c50709cacb4ecbd383de463dffe1254f917a4751042f"),
    ResizeCase(
      37, 53, to: 80, 61, .bicubic,
      pillow: "d7b59bcbea3c9977e812fa1dc8c9de5a1a010bbbad2cf3539f89e7c8fc0047cf",
      torch: "0ecbc4a8516546860c1032ef1fa78b11222a2a8b66dd8f34760ba446be9cc6c9",
      torch8: "021315879eb493824abbde34d297a55aa43a854d5729af7572fd40d0ac1525ec"),
    ResizeCase(
      64, 40, to: 9, 40, .bilinear,
      pillow: "fc9aa93dc370c87e20b79a64671a5ba6e2abe75d074a3b24e2a1a2217f19f56d",
      torch: "542f7d9ac9fe1d9226bcd65aeba931e2ae6e8723e10b754cd75ac5f7a9e00cb5",
      torch8: "a8fd36a80cfdb840714da57dae710fafc195e75439c41fd08e097b55c893645f"),
    ResizeCase(
      64, 40, to: 9, 40, .bicubic,
      pillow: "4965dc789163396174c06a4099c140fcaa565570f5fe1a8395b94c95a2ce15b9",
      torch: "4965dc789163396174c06a4099c140fcaa565570f5fe1a8395b94c95a2ce15b9",
      torch8: "88f0b43d2d7de52f7ae9f1ab321666fdb5d42e5fd8c9774f54f842a6e8fa32e3"),
    ResizeCase(
      20, 30, to: 20, 77, .bilinear,
      pillow: "3edb3cd952a6ed871a796b168e178ff28d570b56ce3f5d118f83113bbcd824b3",
      torch: "a9a5a0d8935b8b81efc7bc300584cf1fbeab08c8883fd8ff25f790b104a9b22e",
      torch8: "a744f18be2c494beba01ed62ec19ba11c2cd7c3351cee4d7b200e20db4741f40"),
    ResizeCase(
      20, 30, to: 20, 77, .bicubic,
      pillow: "1c15406662bd4f21b83b9b0ac0c812c4a341146aa42779b77746af256930fa70",
      torch: "f018d72ac5c6f2f54e3dde4b8db5993dbca7aced689c1079cf8279e4bf0b11bc",
      torch8: "7966f4f23368a912caf4f321f0769a3eb291e0be1eb4b6b9d54377d12aedb6e7"),
    ResizeCase(
      5, 7, to: 1, 1, .bilinear,
      pillow: "af9531e427722f947de6710800bc8aeb0276509d57ae13d3f0d4eb50f93a7321",
      torch: "af9531e427722f947de6710800bc8aeb0276509d57ae13d3f0d4eb50f93a7321",
      torch8: "af9531e427722f947de6710800bc8aeb0276509d57ae13d3f0d4eb50f93a7321"),
    ResizeCase(
      5, 7, to: 1, 1, .bicubic,
      pillow: "f1f5d61dfa42fed07b841f00cf6e8519d1df5d73a02263f78ec2f3c4b2ea4b63",
      torch: "69fd7bb18d87071a900024e3ed29d3fed5b2eaca548ade997709985d365b12fe",
      torch8: "69fd7bb18d87071a900024e3ed29d3fed5b2eaca548ade997709985d365b12fe"),
    ResizeCase(
      1, 1, to: 6, 5, .bilinear,
      pillow: "5f71d8b8eee51622aeb3dce212b44aea3be02a7b5944bc9c13d0d1f1b1da708f",
      torch: "5f71d8b8eee51622aeb3dce212b44aea3be02a7b5944bc9c13d0d1f1b1da708f",
      torch8: "5f71d8b8eee51622aeb3dce212b44aea3be02a7b5944bc9c13d0d1f1b1da708f"),
    ResizeCase(
      1, 1, to: 6, 5, .bicubic,
      pillow: "5f71d8b8eee51622aeb3dce212b44aea3be02a7b5944bc9c13d0d1f1b1da708f",
      torch: "5f71d8b8eee51622aeb3dce212b44aea3be02a7b5944bc9c13d0d1f1b1da708f",
      torch8: "5f71d8b8eee51622aeb3dce212b44aea3be02a7b5944bc9c13d0d1f1b1da708f"),
    ResizeCase(
      90, 120, to: 45, 60, .bilinear,
      pillow: "1877e6f86ff0be7f11d7da11c5222a58ddce41f21b9fd925f70e5b9e46d633a5",
      torch: "4104d851c480bc07e04094d00bb46f85f56918e0abe41adb935cbdfb355f0ec9",
      torch8: "1877e6f86ff0be7f11d7da11c5222a58ddce41f21b9fd925f70e5b9e46d633a5"),
    ResizeCase(
      90, 120, to: 45, 60, .bicubic,
      pillow: "e72d61bafe6ac0ceb5126a7c7f4cb7a88c6c693ef630e060b5d58ae10515d9c1",
      torch: "8215ebe01f10456dd19f5c9ca86a6dcf6b41a78e5dd1922bc4069c9db4698952",
      torch8: "89b03c71fdbf115dc84c207b50f15486c042bd322a3f881e5b8d69491d153e4f"),
    ResizeCase(
      33, 47, to: 32, 48, .bilinear,
      pillow: "645985f7abecd0b8907575e578f9b4b0fa52c0ef504089d88c36941c4a87f44c",
      torch: "fa3ca08b0b24c3161a031ee07827967e0a6c811ee0867f9f7dcd87a9489a6225",
      torch8: "7c6758baa6a92199233dafb99e25b183f8434cf07df3add43a00a81600d8cd03"),
    ResizeCase(
      33, 47, to: 32, 48, .bicubic,
      pillow: "89cae148303e789932f0a1a6c87ee98ecd78354728c75eac04f65924f4bab0f5",
      torch: "b0fa7695ab7e47a823f679534ec992ef71e49d201ac0232342b33db81d64dac1",
      torch8: "b1dfdfe5a5e2eebd8757e86ce9c6bc2ba318a34c2f701e960e78471141ec252d"),
  ]
}

struct ResizeTests {
  private func sha256(_ bytes: ArraySlice<UInt8>) -> String {
    ContentHash(of: bytes).hex
  }

  @Test(arguments: ResizeCase.all, ResizeArithmetic.allCases)
  func pixelsEqualTheReference(_ test: ResizeCase, arithmetic: ResizeArithmetic) {
    let clip = test.clip
    let resized = clip.resized(
      height: test.toHeight, width: test.toWidth, filter: test.filter, arithmetic: arithmetic)
    #expect((resized.height, resized.width) == (test.toHeight, test.toWidth))
    #expect(resized.times == clip.times)
    let expected =
      switch arithmetic {
      case .single: test.torch
      case .fixedPoint: test.pillow
      case .shortWeights: test.torch8
      }
    for frame in 0..<2 { #expect(sha256(resized.frame(frame)) == expected) }
  }

  @Test func sameSizeIsTheSameClip() {
    let clip = ResizeCase.all[0].clip
    for arithmetic in ResizeArithmetic.allCases {
      #expect(clip.resized(height: 48, width: 48, arithmetic: arithmetic) == clip)
    }
  }

  @Test func flatPicturesStayFlat() {
    let clip = Clip(
      frames: 1, height: 13, width: 17, pixels: [UInt8](repeating: 201, count: 13 * 17 * 3),
      framesPerSecond: 1)
    for filter in ResizeFilter.allCases {
      for arithmetic in ResizeArithmetic.allCases {
        let resized = clip.resized(height: 5, width: 40, filter: filter, arithmetic: arithmetic)
        #expect(resized.pixels.allSatisfy { $0 == 201 })
      }
    }
  }

  /// Values of `torch.nn.functional.interpolate(antialias=True)`, PyTorch 2.15.
  @Test(arguments: ResizeFilter.allCases)
  func mapsEqualPyTorch(_ filter: ResizeFilter) {
    let expected: [ResizeFilter: [Float]] = [
      .bilinear: [
        112.5714, 131.8514, 161.1028, 136.7891, 133.2645, 133.0000, 147.0178, 128.8677,
        216.2653, 132.7314, 135.9771, 112.6190,
      ],
      .bicubic: [
        109.1031, 132.6063, 163.0029, 137.8473, 131.0454, 134.3634, 148.6348, 125.9317,
        225.0883, 127.9044, 136.2909, 110.6237,
      ],
    ]
    let map = noise(35).map(Float.init)
    let resized = filter.resize(map + map, height: 5, width: 7, toHeight: 3, toWidth: 4)
    #expect(resized.count == 24)
    for (value, target) in zip(resized, expected[filter]! + expected[filter]!) {
      #expect(abs(value - target) <= 1e-3)
    }
  }

  /// A window is the same part of the whole frame, in planes as far apart as asked for.
  @Test func aWindowOfAFrame() {
    let clip = ResizeCase.all[2].clip
    let (mean, deviation): ([Float], [Float]) = ([0.4, 0.5, 0.6], [0.2, 0.3, 0.4])
    let whole = clip.normalised(mean: mean, deviation: deviation)
    let (rows, columns, plane) = (30..<37, 50..<53, 25)
    var window = [Float](repeating: .nan, count: 3 * plane)
    var target = window.mutableSpan
    clip.write(
      1, rows: rows, columns: columns, by: LevelTable(mean: mean, deviation: deviation),
      to: &target, at: 0, plane: plane)
    for channel in 0..<3 {
      let part = window[channel * plane..<(channel + 1) * plane]
      let wanted = rows.flatMap { row in
        columns.map { whole[((3 + channel) * clip.height + row) * clip.width + $0] }
      }
      #expect(part.prefix(21).elementsEqual(wanted))
      #expect(part.dropFirst(21).allSatisfy { $0.isNaN })
    }
  }

  @Test func normalisedLayouts() {
    let clip = Clip(
      frames: 2, height: 1, width: 2, pixels: [0, 51, 102, 153, 204, 255, 255, 0, 51, 0, 0, 0],
      framesPerSecond: 1)
    let plain = clip.normalised(mean: [0, 0, 0], deviation: [1, 1, 1])
    #expect(
      plain.map { ($0 * 5).rounded() } == [0, 3, 1, 4, 2, 5, 5, 0, 0, 0, 1, 0])  // [2, 3, 1, 2]
    let channels = clip.normalised(
      mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5], layout: .channelsFirst)
    #expect(
      channels.map { ($0 * 5).rounded() } == [-5, 1, 5, -5, -3, 3, -5, -5, -1, 5, -3, -5])
  }
}
