import Experiments
import Reporting

/// A measured cell beside the published number: apart from whether it was reproduced.
struct PublishedVerdict {
  let place: Lockfile.Place
  let measured: Double
  let published: Double
  /// Within the 95% interval over seeds, of the same order only, or neither.
  let grade: ReproductionGrade

  /// One for each cell that has a published number, by column.
  static func all(_ table: ResultTable) -> [PublishedVerdict] {
    let pairs = table.columns.indices.dropLast().filter { index in
      table.columns[index].origin == .measured && table.columns[index + 1].origin == .published
        && table.columns[index].name == table.columns[index + 1].name
    }
    return pairs.flatMap { column(table, $0) }
  }

  private static func column(_ table: ResultTable, _ index: Int) -> [PublishedVerdict] {
    let cells = table.rows.compactMap { row -> (String, Sample, Double)? in
      guard case .measured(let values) = row.cells[index],
        case .published(let number) = row.cells[index + 1]
      else { return nil }
      return (row.label, Sample(values), number)
    }
    let sameOrder =
      cells.count > 1 && LockComparison.sameOrder(cells.map { ($0.1.mean, $0.2) })
    return cells.map { label, sample, number in
      let isInside = (sample.mean - number).magnitude <= sample.halfWidth() ?? 0
      return PublishedVerdict(
        place: Lockfile.Place(
          table: table.title, row: label, column: table.columns[index].name),
        measured: sample.mean, published: number,
        grade: isInside ? .withinTolerance : sameOrder ? .sameOrdering : .differs)
    }
  }
}
