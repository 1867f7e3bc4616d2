/// The stable number of each kind of message. Numbers are never reused.
///
/// E01 syntax, E02 names, E03 calls and types, E04 values at run time, E05 limits, W06 warnings.
public enum DiagnosticCode: String, Sendable, CaseIterable {
  case invalidText = "E0101"
  case unterminatedString = "E0102"
  case invalidNumber = "E0103"
  case missingHeader = "E0104"
  case unexpectedToken = "E0105"
  case unclosedBracket = "E0106"
  case nestingTooDeep = "E0107"
  case fileTooLarge = "E0108"
  case invalidEscape = "E0109"
  case misplacedStatement = "E0110"
  case positionalAfterNamed = "E0111"
  case duplicateField = "E0112"

  case unknownName = "E0201"
  case boundTwice = "E0202"
  case recursion = "E0203"
  case usedBeforeBinding = "E0204"
  case includeFailed = "E0205"
  case includeCycle = "E0206"
  case unknownParameter = "E0207"
  case unknownType = "E0208"
  case writtenTwice = "E0209"

  case unknownArgument = "E0301"
  case missingArgument = "E0302"
  case tooManyArguments = "E0303"
  case wrongType = "E0304"
  case outsideDomain = "E0305"
  case duplicateArgument = "E0306"
  case notConstant = "E0307"
  case notAFunction = "E0308"
  case unknownField = "E0309"
  case wrongOperands = "E0310"
  case pathOutside = "E0311"
  case claimWithoutTolerance = "E0312"

  case integerOverflow = "E0401"
  case divisionByZero = "E0402"
  case indexOutOfRange = "E0403"
  case duplicateRow = "E0404"
  case commandFailed = "E0405"
  case invalidValue = "E0406"
  case shapeMismatch = "E0407"

  case stepLimit = "E0501"
  case depthLimit = "E0502"
  case sizeLimit = "E0503"
  case memoryLimit = "E0504"
  case timeLimit = "E0505"
  case cancelled = "E0506"

  case unusedBinding = "W0601"
  case floatEquality = "W0602"
  case hiddenCommand = "W0603"
  case unusedValue = "W0604"
  case unseededRandomness = "W0605"
  case claimWithoutInterval = "W0606"

  /// The code that a person writes: `E0312`, `e0312` or `0312`.
  public init?(named text: String) {
    let wanted = text.uppercased()
    guard
      let code = Self.allCases.first(where: {
        $0.rawValue == wanted || $0.rawValue.dropFirst() == wanted
      })
    else { return nil }
    self = code
  }

  public var severity: Diagnostic.Severity { rawValue.hasPrefix("W") ? .warning : .error }

  /// The exit code of a program that ends because of this error at run time.
  public var exitCode: Int32 {
    switch self {
    case .cancelled: return 130
    case _ where rawValue.hasPrefix("E05"): return 4
    case .writtenTwice: return 1
    case _ where rawValue.hasPrefix("E01") || rawValue.hasPrefix("E02"): return 2
    default: return 1
    }
  }
}
