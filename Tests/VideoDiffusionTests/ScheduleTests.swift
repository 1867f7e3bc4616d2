import JSON
import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// Noise levels, timesteps and steps of `CogVideoXDDIMScheduler`.
@Suite struct ScheduleTests {
  private func cases() throws -> (fixture: ReferenceFixture, cases: [JSONNode]) {
    let fixture = try ReferenceFixture("scheduler")
    return (fixture, try fixture.description.objects("cases"))
  }

  @Test func levelsAndTimestepsAreTheReference() throws {
    let (fixture, cases) = try cases()
    #expect(cases.count == 3)
    for (index, json) in cases.enumerated() {
      let schedule = try NoiseSchedule(json.object("config"))
      let levels = Tensor(
        shape: [schedule.trainSteps], values: schedule.alphaBar.map { Float($0) })
      expectClose(levels, try fixture.tensor("levels.\(index)"), 1e-6, "levels of case \(index)")
      let spaced = try json.object("timesteps")
      for steps in try spaced.keys() {
        #expect(
          schedule.timesteps(try #require(Int(steps))) == (try spaced.ints(steps)),
          "\(steps) steps of case \(index)")
      }
    }
  }

  @Test(arguments: [0, 1])
  func fiveStepsAreTheReference(_ index: Int) throws {
    let (fixture, cases) = try cases()
    let schedule = try NoiseSchedule(cases[index].object("config"))
    let velocities = try fixture.tensor("velocities.\(index)")
    let samples = try fixture.tensor("samples.\(index)")
    let inverted = try fixture.tensor("inverted.\(index)")
    func row(_ x: Tensor, _ i: Int) -> Tensor {
      x.slice(0, i..<i + 1).reshaped(Array(x.shape.dropFirst()))
    }
    let timesteps = schedule.timesteps(5)
    for (step, timestep) in timesteps.enumerated() {
      let next = step == 4 ? 1 : schedule.level(timesteps[step + 1])
      let found = DDIM.step(
        row(samples, step), v: row(velocities, step), from: schedule.level(timestep), to: next)
      expectClose(found, row(samples, step + 1), 1e-5, "step \(step)")
    }
    for (step, timestep) in timesteps.reversed().enumerated() {
      let from = step == 0 ? 1 : schedule.level(timesteps[5 - step])
      let found = DDIM.step(
        row(inverted, step), v: row(velocities, step), from: from, to: schedule.level(timestep))
      expectClose(found, row(inverted, step + 1), 1e-5, "inverse step \(step)")
    }
  }

  @Test func terminalSignalIsZero() {
    let schedule = NoiseSchedule()
    #expect(schedule.alphaBar[999] == 0)
    #expect(schedule.alphaBar[0] > 0.997)
    #expect(zip(schedule.alphaBar, schedule.alphaBar.dropFirst()).allSatisfy { $0 > $1 })
    #expect(schedule.timesteps(5) == [999, 799, 599, 399, 199])
    #expect(schedule.level(-1) == 1)
  }

  @Test func velocityUndoesNoise() {
    let clean = Tensor.normal([2, 3], key: StreamKey(seed: 1, command: "clean"))
    let noise = Tensor.normal([2, 3], key: StreamKey(seed: 1, command: "noise"))
    for level in [0, 0.3, 0.9999] {
      let v = DDIM.velocity(clean, noise: noise, level: level)
      let sample = DDIM.noised(clean, noise: noise, level: level)
      expectClose(DDIM.step(sample, v: v, from: level, to: 1), clean, 1e-5, "clean at \(level)")
      expectClose(DDIM.step(sample, v: v, from: level, to: 0), noise, 1e-5, "noise at \(level)")
    }
  }

  @Test func unknownSettingsAreRefused() {
    for (key, value) in [
      ("prediction_type", "flow"), ("beta_schedule", "cosine"), ("timestep_spacing", "even"),
      ("_class_name", "EulerDiscreteScheduler"), ("shift", "3"),
    ] {
      let json = JSONNode(.init(members: [(key, .string(value))]))
      let error = #expect(throws: ConfigurationError.self) { try NoiseSchedule(json) }
      #expect(error?.description.contains(key) == true)
    }
  }
}
