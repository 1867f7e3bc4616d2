import ArgumentParser
import Foundation
import Tensors

/// Checks and times everything, and prints a report.
struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Checks, then times; the default.")

  @Option(help: "The repository's data folder.")
  var data = "../data"

  @Option(help: "Write weights and inputs for reference.py to this folder.")
  var export: String?

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @Flag(help: "Few repeats: to see that it works.")
  var quick = false

  /// A part of the measurements, for profiles.
  enum Part: String, CaseIterable, ExpressibleByArgument {
    case products, vdm, vlm, extraction, memory
  }

  @Option(help: "Measure one part only, for profiles.")
  var only: Part?

  private func wants(_ part: Part) -> Bool { only == nil || only == part }

  func run() throws {
    let models = try MiniModels(data: data)
    if let export {
      try FileManager.default.createDirectory(
        atPath: export, withIntermediateDirectories: true)
    }
    var report = Report()
    let load = try MachineLoad()
    if wants(.products) {
      say("products")
      report.measurements += try LinearWorkload().measure(repeats: quick ? 5 : 20)
    }
    if wants(.vdm) { try measureDiffusion(models, &report) }
    if wants(.vlm) { try measureLanguage(models, &report) }
    if wants(.extraction) { try measureExtraction(models, &report) }
    for (side, workload) in [(24, Workload.memory180), (48, .memory720), (96, .memory2880)]
    where wants(.memory) {
      say("memory of extraction, frames of \(side) pixels")
      report.measurements.append(
        try ExtractionMemory.measure(side: side, workload: workload, data: data))
    }
    report.otherLoad = try load.others()
    print(json ? try report.json() : table(report))
  }

  private func measureDiffusion(_ models: MiniModels, _ report: inout Report) throws {
    say("VDM training")
    let workload = try DiffusionWorkload(models)
    report.values["VDM loss by step"] = try workload.check()
    if let export { try workload.export(to: export) }
    report.measurements.append(
      .amount(
        .diffusionProducts, unit: "GFLOP", try workload.operations().total / 1e9))
    for threads in [1, 2] {
      report.measurements.append(
        try LinearWorkload.beside {
          try workload.measure(threads: threads, repeats: quick ? 3 : 12)
        })
    }
  }

  private func measureLanguage(_ models: MiniModels, _ report: inout Report) throws {
    say("VLM training")
    let workload = try LanguageWorkload(models)
    let losses = try workload.check()
    report.values["VLM language loss by step"] = losses.language
    report.values["VLM alignment loss by step"] = losses.alignment
    if let export { try workload.export(to: export) }
    for threads in [1, 2] {
      report.measurements.append(
        try workload.measure(threads: threads, repeats: quick ? 3 : 12))
    }
  }

  private func measureExtraction(_ models: MiniModels, _ report: inout Report) throws {
    say("extraction")
    let workload = try ExtractionWorkload(models)
    report.values.merge(try workload.check()) { $1 }
    report.measurements.append(
      .amount(.extractionProducts, unit: "GFLOP", workload.operations() / 1e9))
    if let export { try workload.export(to: export) }
    report.measurements.append(try workload.measureClip(repeats: quick ? 3 : 5))
    for threads in [1, 2] {
      report.measurements.append(
        try LinearWorkload.beside {
          try workload.measureClips(threads: threads, repeats: quick ? 2 : 4)
        })
    }
  }

  private func table(_ report: Report) -> String {
    let rows = report.measurements.map { measurement in
      let perToken = measurement.perVisionToken.map { "\(Text.digits($0)) bytes/token" }
      return [
        measurement.workload.rawValue, measurement.variant ?? perToken ?? "",
        String(measurement.threads),
        Text.digits(measurement.median), Text.digits(measurement.best), measurement.unit,
        String(measurement.repeats),
      ]
    }
    let versions = report.versions.sorted { $0.key < $1.key }
      .map { "\($0) \($1)" }.joined(separator: ", ")
    let header = ["workload", "variant", "threads", "median", "best", "unit", "repeats"]
    return """
      \(report.processor), \(report.processors) processors; other programs kept \
      \(Text.digits(report.otherLoad)) of them busy
      \(versions)

      \(Text.table(header, rows, aligned: true))
      """
  }

  private func say(_ what: String) {
    FileHandle.standardError.write(Data("\(what) ...\n".utf8))
  }
}
