import MiniWorld
import Testing
import Video

@Suite("Painting scenes")
struct ScenesRenderingTests {
  @Test("The same scene gives the same bits, here and on every machine")
  func bitsArePinned() throws {
    let data = try World.dataset("test")
    let clips = try (0..<40).map { try data.clip(at: $0).pixels }
    #expect(try clips == (0..<40).map { try data.clip(at: $0).pixels })
    #expect(fingerprint(clips.flatMap { $0 }) == 3_374_489_200_753_473_096)
  }

  @Test("A clip has the size and times of the world")
  func sizeAndTimes() throws {
    let clip = try World.dataset("test").clip(at: 0)
    #expect(clip.frames == 17 && clip.height == 48 && clip.width == 48)
    #expect(clip.times[16] == 2)
  }

  @Test("Objects show their colour, the background stays dim")
  func coloursAreShown() throws {
    let data = try World.dataset("test")
    let world = data.specification
    let brightest = UInt8(world.background.grey.upperBound + world.background.tint + 1)
    for index in 0..<60 {
      let scene = try data.scene(at: index)
      let clip = SceneRenderer(world).render(scene)
      let truth = SceneTruth(scene, world)
      for frame in [0, 7, 16] {
        let surfaces = truth.surfaces(frame: frame)
        let coverages = truth.visibleCoverages(frame: frame)
        for pixel in surfaces.indices {
          let at = frame * clip.frameSize + pixel * 3
          let shown = clip.pixels[at..<at + 3]
          if case .object(let object) = surfaces[pixel], coverages[object][pixel] == 1 {
            let rgb = world.colours[scene.objects[object].colour].rgb
            #expect(Array(shown) == [UInt8(rgb.x), UInt8(rgb.y), UInt8(rgb.z)])
          } else if coverages.allSatisfy({ $0[pixel] == 0 }) && scene.specks == nil {
            #expect(shown.allSatisfy { $0 <= brightest })
          }
        }
      }
    }
  }

  @Test("A camera move carries the whole scene the other way")
  func cameraCarriesTheScene() throws {
    let world = World.specification
    var scene = try World.dataset("test").scene(at: 1)
    scene.specks = nil
    for index in scene.objects.indices { scene.objects[index].action = .still }
    scene.camera = .right
    let clip = SceneRenderer(world).render(scene)
    // Distance 6 in 16 steps: after 8 frames the picture has moved by 3 whole pixels.
    let shift = Int(world.camera.distance) / 2
    for y in 0..<clip.height {
      for x in 0..<clip.width - shift {
        for channel in 0..<3 {
          let before = Int(clip.pixels[(y * clip.width + x + shift) * 3 + channel])
          let after = Int(
            clip.pixels[8 * clip.frameSize + (y * clip.width + x) * 3 + channel])
          #expect(abs(before - after) <= 1)
        }
      }
    }
  }

  @Test("A sprite covers the area of its shape", arguments: SceneShape.allCases)
  func areas(shape: SceneShape) throws {
    let world = World.specification
    var scene = try World.dataset("vlm-pretrain").scene(at: 0)
    scene.camera = .still
    scene.objects = [scene.objects[0]]
    scene.objects[0].shape = shape
    scene.objects[0].action = .still
    scene.objects[0].fillsFrame = false
    for width in [8, 8.7, 9.3, 10] as [Float] {
      scene.objects[0].width = width
      scene.objects[0].start = SIMD2(20.3, 25.6)
      let covered = SceneTruth(scene, world).visibleCoverages(frame: 0)[0].reduce(0, +)
      let share: Float =
        switch shape {
        case .circle: .pi / 4
        case .square: 1
        case .triangle: 0.5
        case .cross: 5 / 9
        }
      #expect(abs(covered / (share * width * width) - 1) < 0.03, "\(shape) \(width): \(covered)")
    }
  }
}
