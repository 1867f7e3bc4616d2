extension DiagnosticCode {
  /// What the error means and what to do about it, for `explain` and the documentation.
  public var explanation: String {
    switch self {
    case .invalidText:
      return "The file contains a character that is not part of the language, or is not UTF-8."
    case .unterminatedString:
      return "A string must end on the line where it starts. Write \\n for a line break inside it."
    case .invalidNumber:
      return "The number is malformed or does not fit in 64 bits."
    case .missingHeader:
      return "The first line of a script must be `me 1`, the language version."
    case .unexpectedToken:
      return "The syntax is not valid. The grammar is in Sources/ScriptSyntax/grammar.txt."
    case .unclosedBracket:
      return "A bracket is never closed, or closed by a bracket of another kind."
    case .nestingTooDeep:
      return
        "Expressions and blocks are nested more than 200 levels deep. Name inner parts with `let`."
    case .fileTooLarge:
      return "The script is longer than 1 MiB. Read large data with a command instead."
    case .invalidEscape:
      return "Strings support the escapes \\n \\t \\r \\\" \\\\ \\{ \\} and \\u{hex}."
    case .misplacedStatement:
      return
        "`param`, `seed` and `include` are allowed only at the top level; `table`, `claim` and "
        + "`figure` outside functions; `row` inside a table."
    case .positionalAfterNamed:
      return "Positional arguments must come before named arguments."
    case .duplicateField:
      return "A record has the same field twice."
    case .unknownName:
      return "No variable, function or command has this name."
    case .boundTwice:
      return "A name is bound twice. Only the prompt allows rebinding."
    case .recursion:
      return "A function calls itself, directly or through others. Recursion is not supported."
    case .usedBeforeBinding:
      return "A name is used above its definition. Move the definition up."
    case .includeFailed:
      return "The included file cannot be read, or is outside the directories a script may read."
    case .includeCycle:
      return "A file includes itself, directly or through others."
    case .unknownParameter:
      return "`--set` names a parameter that the script does not declare."
    case .unknownType:
      return "No type has this name."
    case .writtenTwice:
      return
        "Two tables, figures or claims have the same name, or two commands write the same file."
    case .unknownArgument:
      return "The command or function has no parameter with this name."
    case .missingArgument:
      return "A required argument is missing."
    case .tooManyArguments:
      return "There are more positional arguments than positional parameters."
    case .wrongType:
      return "The value has the wrong type."
    case .outsideDomain:
      return "The value is outside the allowed range, or not one of the allowed values."
    case .duplicateArgument:
      return "The same argument is given twice."
    case .notConstant:
      return "The default and range of a `param` must be literal values."
    case .notAFunction:
      return "Only commands and functions can be called."
    case .unknownField:
      return "The value has no field with this name."
    case .wrongOperands:
      return "The operator is not defined for values of these types."
    case .pathOutside:
      return "Scripts may access files only in data, figures, experiments and out, without `..`."
    case .claimWithoutTolerance:
      return "A claim that two measured numbers are equal needs a tolerance."
    case .integerOverflow:
      return
        "The result does not fit in a 64-bit integer, or is too large for a float. Use float "
        + "if rounding is acceptable."
    case .divisionByZero:
      return "The divisor is zero."
    case .indexOutOfRange:
      return "The index is out of range. Indices start at 0; -1 is the last."
    case .duplicateRow:
      return "Two rows of a table have the same label."
    case .commandFailed:
      return "The command failed; see its message."
    case .invalidValue:
      return "The value has the right type but is not valid for this operation."
    case .shapeMismatch:
      return "The shapes or axes of the tensors do not match."
    case .stepLimit:
      return "The script exceeded the step limit."
    case .depthLimit:
      return "Calls or values are nested too deeply."
    case .sizeLimit:
      return "A string or list exceeded the size limit."
    case .memoryLimit:
      return "The script exceeded the limit on allocated bytes."
    case .timeLimit:
      return "The script exceeded the time limit."
    case .cancelled:
      return "The run was interrupted. Finished results are cached."
    case .unusedBinding:
      return "The name is bound but never used."
    case .floatEquality:
      return
        "Comparing floats with == is sensitive to rounding. Compare abs(a - b) with a tolerance."
    case .hiddenCommand:
      return "The binding shadows a command with the same name."
    case .unusedValue:
      return "The value of this expression is not used."
    case .unseededRandomness:
      return "The script draws random numbers but sets no `seed`."
    case .claimWithoutInterval:
      return "A claim compares two measured numbers without a confidence interval over seeds."
    }
  }
}
