import JSON
import Layers
import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// Noise levels, timesteps and steps of `CogVideoXDDIMScheduler` and its inverse.
@Suite struct ScheduleTests {
  private func cases() throws -> (fixture: ReferenceFixture, cases: [JSONNode]) {
    let fixture = try ReferenceFixture("scheduler")
    return (fixture, try fixture.description.objects("cases"))
  }

  @Test(arguments: 0..<6)
  func levelsAndTimestepsAreTheReference(_ index: Int) throws {
    let (fixture, cases) = try cases()
    let json = cases[index]
    let schedule = try NoiseSchedule(json.object("config"))
    let levels = Tensor(
      shape: [schedule.trainSteps], values: schedule.alphaBar.map { Float($0) })
    let expected = try fixture.tensor("levels.\(index)")
    expectClose(levels, expected, 1e-6, "levels")
    let spaced = try json.object("timesteps")
    for steps in try spaced.keys() {
      #expect(
        schedule.timesteps(try #require(Int(steps))) == (try spaced.ints(steps)), "\(steps) steps")
    }
  }

  @Test(arguments: 0..<6)
  func stepsAreTheReference(_ index: Int) throws {
    let (fixture, cases) = try cases()
    let schedule = try NoiseSchedule(cases[index].object("config"))
    let steps = try cases[index].int("steps")
    let predictions = try fixture.tensor("predictions.\(index)")
    let samples = try fixture.tensor("samples.\(index)")
    let timesteps = schedule.timesteps(steps)
    for (i, timestep) in timesteps.enumerated() {
      let found = try schedule.step(
        samples.row(i), predictions.row(i), timestep: timestep, steps: steps)
      expectClose(found, samples.row(i + 1), 1e-4, "step \(i)")
    }
    guard fixture.has("inverted.\(index)") else { return }
    let inverted = try fixture.tensor("inverted.\(index)")
    for (i, timestep) in timesteps.reversed().enumerated() {
      let found = try schedule.inverseStep(
        inverted.row(i), predictions.row(i), timestep: timestep, steps: steps)
      expectClose(found, inverted.row(i + 1), 1e-4, "inverse step \(i)")
    }
  }

  /// The rule that inversion and reconstruction use is the reference's where the steps divide the
  /// training timesteps.
  @Test func velocityStepsAreTheGeneralOnes() throws {
    let schedule = NoiseSchedule()
    let sample = Tensor.normal([2, 3], key: StreamKey(seed: 1, command: "sample"))
    let v = Tensor.normal([2, 3], key: StreamKey(seed: 1, command: "v"))
    for (timestep, before) in zip([999, 799, 199], [799, 599, -1]) {
      let (high, low) = (schedule.level(timestep), schedule.level(before))
      expectClose(
        try schedule.step(sample, v, timestep: timestep, steps: 5),
        DDIM.step(sample, v: v, from: high, to: low), 1e-6, "from \(timestep)")
      expectClose(
        try schedule.inverseStep(sample, v, timestep: timestep, steps: 5),
        DDIM.step(sample, v: v, from: low, to: high), 1e-6, "to \(timestep)")
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

  @Test func predictionsThatSayNothingAreRefused() throws {
    let zero = Tensor.zeros([1])
    var schedule = NoiseSchedule()
    schedule.prediction = .noise
    let terminal = #expect(throws: ConfigurationError.self) {
      try schedule.step(zero, zero, timestep: 999, steps: 5)
    }
    #expect(terminal?.description.contains("at zero signal") == true)
    schedule.prediction = .clean
    let first = #expect(throws: ConfigurationError.self) {
      try schedule.inverseStep(zero, zero, timestep: 199, steps: 5)
    }
    #expect(first?.description.contains("the noise of a clean sample") == true)
    schedule.prediction = .velocity
    let outside = #expect(throws: ConfigurationError.self) {
      try schedule.step(zero, zero, timestep: 1000, steps: 1000)
    }
    #expect(outside?.key == "steps_offset")
  }
}
