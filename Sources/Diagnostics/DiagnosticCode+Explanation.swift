extension DiagnosticCode {
  /// What the error means and what to do about it, for `explain` and the documentation.
  public var explanation: String {
    switch self {
    case .invalidText:
      return "The file holds a character the language has no use for, or is not UTF-8."
    case .unterminatedString:
      return "A string ends on the line it begins. Write \\n for a line break inside it."
    case .invalidNumber:
      return "The number is malformed or does not fit into 64 bits."
    case .missingHeader:
      return "The first line of a script is `me 1`, the version of the language it is written in."
    case .unexpectedToken:
      return "Something stands where the grammar (Sources/ScriptSyntax/grammar.txt) has no place."
    case .unclosedBracket:
      return "A bracket is opened and never closed, or closed by one of another kind."
    case .nestingTooDeep:
      return "Expressions and blocks nest at most 200 deep. Name the inner parts with `let`."
    case .fileTooLarge:
      return "A script is at most 1 MiB long. Read large data with a command instead."
    case .invalidEscape:
      return "Strings know the escapes \\n \\t \\r \\\" \\\\ \\{ \\} and \\u{hex}."
    case .misplacedStatement:
      return "`param`, `seed` and `include` stand at the top level; `table`, `claim` and `figure` "
        + "outside functions; `row` inside a table."
    case .positionalAfterNamed:
      return "Positional arguments come first, named ones after them."
    case .duplicateField:
      return "A record holds each field once."
    case .unknownName:
      return "Nothing of this name is bound above, and there is no such command."
    case .boundTwice:
      return "A file binds a name once. Only at the prompt may it be bound again."
    case .recursion:
      return "A function may not call itself, directly or through others: every script ends."
    case .usedBeforeBinding:
      return "Names are bound from top to bottom. Move the definition above its first use."
    case .includeFailed:
      return "The included file could not be read, or lies outside the folders a script may read."
    case .includeCycle:
      return "A file includes itself, directly or through others."
    case .unknownParameter:
      return "`--set` names a parameter that the script does not declare with `param`."
    case .unknownType:
      return "There is no type of this name."
    case .writtenTwice:
      return "Two tables, two figures or two claims have one name, or two commands write one file."
    case .unknownArgument:
      return "The command or function has no parameter of this name."
    case .missingArgument:
      return "A required argument was not given."
    case .tooManyArguments:
      return "More positional arguments were given than there are positional parameters."
    case .wrongType:
      return "The value has another type than the one that is wanted here."
    case .outsideDomain:
      return "The value lies outside the range, or is not one of the values, that are allowed."
    case .duplicateArgument:
      return "The same argument was given twice."
    case .notConstant:
      return "The default and the range of a `param` are written with plain values."
    case .notAFunction:
      return "Only commands and functions can be called."
    case .unknownField:
      return "The value has no field of this name."
    case .wrongOperands:
      return "The operator is not defined for values of these types."
    case .pathOutside:
      return "Scripts reach files only in data, figures, experiments and out, and no way leads up."
    case .claimWithoutTolerance:
      return "A claim that two measured numbers are equal says how near is near enough."
    case .integerOverflow:
      return
        "The result does not fit into a 64-bit integer, or is too large for a float. Use float "
        + "if rounding is acceptable."
    case .divisionByZero:
      return "The divisor is zero."
    case .indexOutOfRange:
      return "The index lies outside the list or string. Indices count from 0, -1 is the last."
    case .duplicateRow:
      return "Two rows of a table have the same label."
    case .commandFailed:
      return "The command reported an error of its own; the message says what it was."
    case .invalidValue:
      return "The value has the right type, but the operation is not defined for it."
    case .shapeMismatch:
      return "The tensors have shapes or axes that do not go together."
    case .stepLimit:
      return "The script took more steps than the limit allows."
    case .depthLimit:
      return "Calls or values nest deeper than the limit allows."
    case .sizeLimit:
      return "A string or list grew beyond the limit."
    case .memoryLimit:
      return "The script built more bytes of values than the limit allows."
    case .timeLimit:
      return "The script ran longer than the limit allows."
    case .cancelled:
      return "The run was interrupted. Finished results are kept."
    case .unusedBinding:
      return "The name is bound and never used."
    case .floatEquality:
      return
        "Comparing floats with == depends on the last bit. Compare abs(a - b) with a tolerance."
    case .hiddenCommand:
      return "The binding hides a command of the same name."
    case .unusedValue:
      return "The value of this expression is computed and then dropped."
    case .unseededRandomness:
      return "The script draws random numbers and sets no `seed`."
    case .claimWithoutInterval:
      return "A claim compares two measured numbers without looking at their interval over seeds."
    }
  }
}
