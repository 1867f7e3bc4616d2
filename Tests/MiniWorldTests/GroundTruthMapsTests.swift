import MiniWorld
import Testing
import Video

@Suite("Ground-truth maps")
struct GroundTruthMapsTests {
  private let grid = TokenGrid(frames: 5, height: 6, width: 6)

  private func maps(_ grid: TokenGrid) -> GroundTruthMaps {
    GroundTruthMaps(World.specification, grid: grid)
  }

  /// The object of ``ScenesTruthTests/lone(_:reach:)`` sits in the middle of a still frame.
  @Test("An object that stays is where it stays in every frame")
  func still() throws {
    let scene = try ScenesTruthTests.lone(.blink, reach: .zero)
    var visible = scene
    visible.objects[0].action = .bounce(1)
    let map = maps(grid).map(SceneTruth(visible, World.specification), object: 0)
    #expect(map.count == grid.count)
    for frame in 0..<grid.frames {
      let cells = map[frame * grid.cells..<(frame + 1) * grid.cells]
      #expect(abs(cells.reduce(0, +) - 1) < 1e-5, "frame \(frame)")
      // 9 pixels around 24 of 48: cells 2 and 3 of 6 in both directions.
      for (cell, value) in zip(0..., cells) where value > 0 {
        let (row, column) = (cell / grid.width, cell % grid.width)
        #expect((2...3).contains(row) && (2...3).contains(column), "frame \(frame), cell \(cell)")
      }
    }
  }

  /// 17 frames on 5: frame 0 alone, then pairs, as the causal autoencoder compresses time.
  @Test("Each frame of the grid is the mean over its frames of the clip")
  func framesAreGrouped() throws {
    let scene = try ScenesTruthTests.lone(.turn(.left, .up), reach: SIMD2(10, 12))
    let truth = SceneTruth(scene, World.specification)
    let map = maps(grid).map(truth, object: 0)
    let sampled = FrameSampling.uniform(9, of: World.specification.frame.frames)
    for frame in 0..<grid.frames {
      let group = frame == 0 ? [sampled[0]] : [sampled[2 * frame - 1], sampled[2 * frame]]
      let mask = truth.mask(object: 0, frames: group, gridHeight: 6, gridWidth: 6)
      for cell in 0..<grid.cells {
        let mean =
          group.indices.reduce(Float(0)) { $0 + mask[$1 * grid.cells + cell] }
          / Float(group.count)
        #expect(map[frame * grid.cells + cell] == mean)
      }
    }
    #expect(map[..<grid.cells] != map[(grid.count - grid.cells)...])
  }

  @Test("An object that cannot be seen has no area")
  func hidden() throws {
    var scene = try ScenesTruthTests.lone(.blink, reach: .zero)
    scene.objects[0].start = SIMD2(-400, -400)
    let map = maps(grid).map(SceneTruth(scene, World.specification), object: 0)
    #expect(map.allSatisfy { $0 == 0 })
  }

  @Test("One frame and one cell hold everything", arguments: [1, 2, 3])
  func smallGrids(_ frames: Int) throws {
    let scene = try ScenesTruthTests.lone(.bounce(2), reach: SIMD2(5.5, 0))
    let small = TokenGrid(frames: frames, height: 1, width: 1)
    let map = maps(small).map(SceneTruth(scene, World.specification), object: 0)
    #expect(map.count == frames && map.allSatisfy { abs($0 - 1) < 1e-5 })
  }
}
