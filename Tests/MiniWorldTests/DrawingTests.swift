import MiniWorld
import Testing
import Video

@Suite("Drawing scenes")
struct ScenesDrawingTests {
  static let splits = World.specification.splits.map(\.name)

  @Test("A scene is a function of seed, split and index alone")
  func isAFunctionOfItsIndex() throws {
    let data = try World.dataset("test")
    let forward = try (0..<20).map { try data.scene(at: $0) }
    let backward = try (0..<20).reversed().map { try data.scene(at: $0) }
    #expect(forward == backward.reversed())
    #expect(Set(forward.map(\.objects)).count == 20)
    #expect(try data.scene(at: 3) != World.dataset("test", seed: 2607).scene(at: 3))
  }

  @Test("A change to another split does not move a scene")
  func isIndependentOfOtherSplits() throws {
    let changed = try World.changed(
      "\"count\": 40000, \"bias\": 0,", to: "\"count\": 9, \"bias\": 1,")
    let scene = try SceneDataset(changed, seed: 2606, split: "test").scene(at: 5)
    #expect(try scene == World.dataset("test").scene(at: 5))
  }

  @Test("Splits share no scene")
  func splitsAreDisjoint() throws {
    var seen = Set<[SceneObject]>()
    for split in Self.splits {
      let data = try World.dataset(split)
      for index in 0..<200 { #expect(seen.insert(try data.scene(at: index).objects).inserted) }
    }
  }

  @Test("Colours and actions of the movers are distinct, numbers within range", arguments: splits)
  func objectsAreDistinct(split: String) throws {
    let data = try World.dataset(split)
    for index in 0..<300 {
      let scene = try data.scene(at: index)
      let movers = scene.objects.filter { $0.action != .still }
      #expect(data.split.movers.contains(movers.count))
      #expect(data.split.statics.contains(scene.objects.count - movers.count))
      #expect(Set(scene.objects.map(\.colour)).count == scene.objects.count)
      #expect(Set(movers.map(\.action)).count == movers.count)
      for object in scene.objects {
        let world = data.specification
        #expect(object.fillsFrame || world.objects.width.contains(object.width))
        if object.action.kind == .travel { #expect(world.motions.travel.contains(object.reach.x)) }
      }
    }
  }

  @Test("Objects stay inside the frame and do not overlap at the start", arguments: splits)
  func objectsStayInside(split: String) throws {
    let data = try World.dataset(split)
    let world = data.specification
    let margin = world.objects.margin - 1e-3
    for index in 0..<300 {
      let scene = try data.scene(at: index)
      let boxes = SceneTruth(scene, world).boxes()
      let small = scene.objects.indices.filter { !scene.objects[$0].fillsFrame }
      for object in small {
        for box in boxes[object] {
          #expect(box.minX >= margin && box.maxX <= Float(world.frame.width) - margin)
          #expect(box.minY >= margin && box.maxY <= Float(world.frame.height) - margin)
        }
        for other in small where other < object {
          let a = boxes[object][0]
          let b = boxes[other][0]
          let apart = max(
            max(a.minX, b.minX) - min(a.maxX, b.maxX), max(a.minY, b.minY) - min(a.maxY, b.maxY))
          #expect(apart >= world.objects.gap - 1e-3)
        }
      }
    }
  }

  @Test("Shares of camera moves, specks and large subjects are those of the split")
  func sharesHold() throws {
    let data = try World.dataset("test")
    let scenes = try (0..<2000).map { try data.scene(at: $0) }
    func share(_ has: (Scene) -> Bool) -> Double {
      Double(scenes.filter(has).count) / Double(scenes.count)
    }
    #expect(abs(share { $0.camera != .still } - Double(data.split.cameraShare)) < 0.04)
    #expect(abs(share { $0.specks != nil } - Double(data.split.specksShare)) < 0.04)
    let large = share { $0.objects.contains(where: \.fillsFrame) }
    #expect(abs(large - Double(data.split.fullFrameShare)) < 0.02)
    #expect(scenes.allSatisfy { !$0.objects.dropFirst().contains(where: \.fillsFrame) })
    #expect(Set(scenes.map(\.camera)).count == CameraMove.allCases.count)
    let actions = Set(scenes.flatMap { $0.objects.map(\.action) })
    #expect(actions == Set(data.specification.actions))
  }

  @Test("Colour decides the action as often as the bias of the split says")
  func biasHolds() throws {
    for (split, expected) in [("test", 1.0 / 25), ("test-biased", 0.8), ("vlm-pretrain", 0.8)] {
      let data = try World.dataset(split)
      let movers = try (0..<1000).flatMap { index in
        try data.scene(at: index).objects.filter { $0.action != .still }
      }
      let preferred = movers.filter {
        data.specification.colours[$0.colour].preferred == $0.action
      }
      let share = Double(preferred.count) / Double(movers.count)
      #expect(abs(share - expected) < 0.05, "\(split): \(share)")
    }
  }
}
