import Foundation
import JSON
import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// Sums that diffusers publishes for its DDIM samplers, with a made-up model.
@Suite(
  .enabled(
    if: SharedData.has("data/vectors/schedulers_diffusers.json"), "\(SharedData.absent)"))
struct PublishedScheduleTests {
  private let vectors: JSONNode

  init() throws {
    vectors = try JSONNode(
      contentsOfFile: SharedData.path("data/vectors/schedulers_diffusers.json"))
  }

  /// The published run's scheduler with the changes of one case.
  private func schedule(_ name: String, _ changes: JSONNode) throws -> NoiseSchedule {
    let setup = try vectors.object("setup")
    var members: [(String, JSONValue)] = [("_class_name", .string(name))]
    for key in [
      "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "clip_sample",
      "timestep_spacing", "prediction_type",
    ] {
      let value = try changes.find(key) ?? setup.find(key)
      if let value { members.append((key, value.value)) }
    }
    if try changes.string("name") == "set_alpha_to_one=false" {
      members.append(("set_alpha_to_one", false))
    }
    return try NoiseSchedule(JSONNode(.init(members: members)))
  }

  /// `arange(768) / 768` as channels, height, width and batch, moved to batch first.
  private let sample = Tensor(
    shape: [3, 8, 8, 4], values: (0..<768).map { Float($0) / 768 }
  ).permuted([3, 0, 1, 2])

  private func model(_ sample: Tensor, _ timestep: Int) -> Tensor {
    sample * Float(timestep) / Float(timestep + 1)
  }

  private func check(_ sample: Tensor, _ expected: JSONNode) throws {
    let sum = sample.values.reduce(0.0) { $0 + Double(abs($1)) }
    let tolerance = try vectors.object("tolerance")
    let name = try expected.string("name")
    let (total, mean) = (try expected.double("abs_sum"), try expected.double("abs_mean"))
    #expect(abs(sum - total) <= (try tolerance.double("sum")), "\(name): \(sum)")
    #expect(abs(sum / 768 - mean) <= (try tolerance.double("mean")), "\(name): \(sum / 768)")
  }

  @Test(arguments: 0..<4)
  func sampling(_ index: Int) throws {
    let expected = try vectors.objects("DDIMScheduler")[index]
    let schedule = try schedule("DDIMScheduler", expected)
    var sample = sample
    for timestep in schedule.timesteps(10) {
      sample = try schedule.step(sample, model(sample, timestep), timestep: timestep, steps: 10)
    }
    try check(sample, expected)
  }

  @Test(arguments: 0..<4)
  func inversion(_ index: Int) throws {
    let expected = try vectors.objects("DDIMInverseScheduler")[index]
    let schedule = try schedule("DDIMInverseScheduler", expected)
    var sample = sample
    for timestep in schedule.timesteps(10).reversed() {
      sample = try schedule.inverseStep(
        sample, model(sample, timestep), timestep: timestep, steps: 10)
    }
    try check(sample, expected)
  }

  @Test func samplingFromNoise() throws {
    let expected = try vectors.objects("DDIMScheduler")[4]
    let schedule = try schedule("DDIMScheduler", expected)
    let timesteps = schedule.timesteps(10).dropFirst(8)
    let noise = Tensor(
      shape: [3, 8, 8, 4], values: (0..<768).reversed().map { Float($0) / 768 }
    ).permuted([3, 0, 1, 2])
    let first = try #require(timesteps.first)
    var sample = DDIM.noised(sample, noise: noise, level: schedule.level(first))
    for timestep in timesteps {
      sample = try schedule.step(sample, model(sample, timestep), timestep: timestep, steps: 10)
    }
    try check(sample, expected)
  }

  @Test func offsets() throws {
    for (name, index) in [("DDIMScheduler", 5), ("DDIMInverseScheduler", 4)] {
      let expected = try vectors.objects(name)[index]
      var schedule = try schedule(name, expected)
      schedule.stepsOffset = 1
      let found = schedule.timesteps(5)
      #expect(
        (name == "DDIMScheduler" ? found : found.reversed()) == (try expected.ints("timesteps")))
    }
  }

  @Test func variances() throws {
    let expected = try vectors.objects("DDIMScheduler")[6]
    let schedule = try schedule("DDIMScheduler", expected)
    let rows = try expected.array("values")
    #expect(rows.count == 5)
    for row in rows {
      let numbers = try row.asArray().map { try $0.asDouble() }
      let (at, before) = (schedule.level(Int(numbers[0])), schedule.level(Int(numbers[1])))
      let variance = (1 - before) / (1 - at) * (1 - at / before)
      #expect(abs(variance - numbers[2]) <= (try expected.double("tol")))
    }
  }
}
