/// A record in words: the table, the floors, and which of the project's targets are reached.
struct Comparison {
  private let record: Record
  private var ours: Report { record.merepl }
  private var theirs: Report? { record.pytorch }

  init(_ record: Record) { self.record = record }

  /// Markdown; with `aligned`, for a terminal.
  func text(aligned: Bool = false) -> String {
    func table(_ header: [String], _ rows: [[String]]) -> String {
      Text.table(header, rows, aligned: aligned)
    }
    return [
      heading, warning, table(["workload", "threads", "merepl", "PyTorch", "ratio"], rows), notes,
      table(["products", "GFLOP/s", "of the peak"], products), floors,
      table(["target", "measured", "reached"], targets.map(cells)),
    ].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var heading: String {
    let versions = ([ours] + (theirs.map { [$0] } ?? [])).map { report in
      report.versions.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", ")
    }
    let changes = record.hasChanges ? " with changes" : ""
    return """
      \(record.date), commit \(record.commit.prefix(7))\(changes), \(ours.processor), \
      \(ours.processors) processors, \(ours.instructions ?? "avx2") kernels; \
      \(versions.joined(separator: "; ")).
      """
  }

  /// Says so if other programs disturbed the run.
  private var warning: String {
    guard isBusy(ours) || theirs.map(isBusy) ?? false else { return "" }
    let loads = ([ours] + (theirs.map { [$0] } ?? [])).map { report in
      "\(Text.digits(report.otherLoad)) processors while \(report.program) ran"
    }
    return """
      **The machine was busy**: others used \(loads.joined(separator: ", ")). Above \
      \(Text.short(MachineLoad.limit)) times are longer than on an idle machine, and a target is \
      judged only where that cannot have helped it.
      """
  }

  private func isBusy(_ report: Report) -> Bool { report.otherLoad > MachineLoad.limit }

  // MARK: - Both programs

  private static let compared: [Workload] = [
    .diffusionStep, .languageStep, .extraction, .extractionRate, .memory180, .memory720,
    .memory2880,
  ]

  private var rows: [[String]] {
    Self.compared.flatMap { workload in
      [1, 2].compactMap { threads in
        guard let mine = ours.measurement(workload, threads: threads) else { return nil }
        let other = theirs?.best(workload, upTo: threads)
        let ratio = other.map { Text.digits(mine.advantage(over: $0)) } ?? "-"
        return [
          workload.rawValue, String(threads), mine.text, other?.text ?? "-", ratio,
        ]
      }
    }
  }

  /// All ways of doing the work in PyTorch, of which the table has the fastest, and how far the
  /// results agree.
  private var notes: String {
    guard let theirs else { return "\(perToken(ours))\n- PyTorch was not measured." }
    var lines = [perToken(ours), perToken(theirs)]
    for workload in Self.compared {
      for threads in [1, 2] {
        let ways = theirs.measurements.filter { $0.workload == workload && $0.threads == threads }
        guard ways.count > 1 else { continue }
        let list = ways.map { "\($0.variant ?? "plain") \($0.text)" }.joined(separator: ", ")
        let place = threads == 1 ? "1 thread" : "\(threads) threads"
        lines.append("- PyTorch, \(workload.rawValue), \(place): \(list).")
      }
    }
    let names = ours.values.keys.filter { theirs.values[$0] != nil }.sorted()
    let differences = names.map { "\($0) \(Text.scientific(difference($0)))" }
    lines.append(
      "- Largest relative difference of results: \(differences.joined(separator: ", ")).")
    return lines.joined(separator: "\n")
  }

  private func perToken(_ report: Report) -> String {
    let list = report.measurements.compactMap { measurement -> String? in
      guard let tokens = measurement.workload.visionTokens, let each = measurement.perVisionToken
      else { return nil }
      return "\(Text.digits(each)) at \(tokens)"
    }
    return "- \(report.program), bytes of extraction by vision token: "
      + list.joined(separator: ", ") + "."
  }

  /// The largest difference of two programs' values over the largest of the values.
  private func difference(_ name: String) -> Double {
    let (mine, other) = (ours.values[name] ?? [], theirs?.values[name] ?? [])
    guard mine.count == other.count else { return .infinity }
    let size = mine.map(abs).max() ?? 0
    return (zip(mine, other).map { abs($0 - $1) }.max() ?? 0) / max(size, 1e-30)
  }

  // MARK: - Against the machine

  /// The most that any library reaches, and merepl's own products, in GFLOP/s of one thread.
  private var peak: Double {
    let own = ours.measurements.filter { $0.workload == .linear }.map(\.best).max() ?? 0
    return max(own, ours.peak, theirs?.peak ?? 0)
  }

  private var products: [[String]] {
    let libraries = [ours, theirs].flatMap { report in
      report?.measurements.filter { $0.workload == .libraryProducts } ?? []
    }
    let layers = ours.measurements.filter { $0.workload == .linear }
    return libraries.map { ($0.variant ?? "", $0) }.map(row)
      + layers.map { ("merepl, linear, \($0.variant ?? "")", $0) }.map(row)
  }

  private func row(_ name: String, _ measurement: Measurement) -> [String] {
    [name, Text.digits(measurement.median), Text.percent(measurement.median / peak)]
  }

  private var floors: String {
    let lines = [
      ("one VDM training sample", Workload.diffusionProducts, Workload.diffusionStep),
      ("the extraction of one clip", .extractionProducts, .extractionRate),
    ]
    return lines.compactMap { what, products, workload in
      guard let amount = ours.measurement(products, threads: 1),
        let step = ours.measurement(workload, threads: 2), let rate = step.productRate,
        let found = floors(of: workload)
      else { return nil }
      return """
        - The products of \(what) are \(Text.digits(amount.median)) GFLOP; at \
        \(Text.digits(rate)) GFLOP/s a thread, measured just before and after, two threads need \
        \(Text.digits(amount.median / rate / 2 * 1000)) ms. merepl takes \(Text.digits(found)) \
        times that.
        """
    }.joined(separator: "\n")
  }

  /// The time on two threads over the time that its products alone take there, at the speed that
  /// products had just before and after.
  private func floors(of workload: Workload) -> Double? {
    let isRate = workload == .extractionRate
    guard let found = ours.measurement(workload, threads: 2), let rate = found.productRate,
      let products = ours.measurement(
        isRate ? .extractionProducts : .diffusionProducts, threads: 1)
    else { return nil }
    let milliseconds = isRate ? 1000 / found.median : found.median
    return milliseconds / (products.median / rate / 2 * 1000)
  }

  // MARK: - Targets

  private struct Target {
    let what: String
    let wanted: Double
    let found: Double?
    var isMost = false
    /// Whether PyTorch's times are in it too.
    var isComparison = false

    func isMet(_ found: Double) -> Bool { isMost ? found <= wanted : found >= wanted }
  }

  private func cells(_ target: Target) -> [String] {
    let bound = target.isMost ? "at most" : "at least"
    let title = "\(target.what): \(bound) \(Text.short(target.wanted))"
    guard let found = target.found else { return [title, "-", "not measured"] }
    let isMet = target.isMet(found)
    // Load on PyTorch can only flatter merepl: what is missed beside a slowed PyTorch is missed.
    let isOpen = isBusy(ours) || (isMet && target.isComparison && theirs.map(isBusy) ?? false)
    let verdict = isOpen ? "not judged" : isMet ? "yes" : "no"
    return [title, Text.digits(found), verdict]
  }

  private var targets: [Target] {
    let isWide = ours.instructions == "avx512"
    let layers = ours.measurements.first { $0.workload == .linear && $0.variant == "all" }
    func scaling(_ workload: Workload) -> Target {
      Target(what: "\(workload.rawValue), 1 to 2 threads", wanted: 1.9, found: gain(workload))
    }
    func comparison(_ workload: Workload, _ wanted: Double) -> Target {
      Target(
        what: "\(workload.rawValue), 2 threads, times PyTorch", wanted: wanted,
        found: advantage(workload), isComparison: true)
    }
    func distance(_ workload: Workload) -> Target {
      Target(
        what: "\(workload.rawValue), 2 threads, in floors", wanted: 1.5,
        found: floors(of: workload), isMost: true)
    }
    return [
      distance(.diffusionStep), comparison(.diffusionStep, isWide ? 1.5 : 1.9),
      distance(.extractionRate), comparison(.extractionRate, isWide ? 2 : 3),
      comparison(.languageStep, isWide ? 3.5 : 4.5),
      Target(
        what: "products of the linear layers, of the peak", wanted: 0.9,
        found: layers.map { $0.median / peak }),
      scaling(.diffusionStep), scaling(.languageStep), scaling(.extractionRate),
    ]
  }

  private func advantage(_ workload: Workload) -> Double? {
    guard let mine = ours.measurement(workload, threads: 2),
      let other = theirs?.best(workload, upTo: 2)
    else { return nil }
    return mine.advantage(over: other)
  }

  /// What a second thread brings.
  private func gain(_ workload: Workload) -> Double? {
    guard let one = ours.measurement(workload, threads: 1),
      let two = ours.measurement(workload, threads: 2)
    else { return nil }
    return two.advantage(over: one)
  }
}
