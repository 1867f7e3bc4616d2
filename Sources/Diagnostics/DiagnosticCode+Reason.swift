extension DiagnosticCode {
  /// Why the language has the rule and what to do, in a few sentences.
  public var reason: String {
    switch rawValue.dropFirst().prefix(2) {
    case "01": return syntaxReason
    case "02": return nameReason
    case "03": return callReason
    case "04": return valueReason
    case "05": return limitReason
    default: return warningReason
    }
  }

  private var syntaxReason: String {
    switch self {
    case .invalidText:
      return
        "Outside strings and comments, scripts are ASCII, so that no two names look alike. The "
        + "message suggests a replacement for common non-ASCII characters."
    case .unterminatedString:
      return "Otherwise a missing quote would swallow the rest of the file, and the error would be "
        + "reported far from its cause."
    case .invalidNumber:
      return
        "Integers have 64 bits and may be grouped with `_`; floats must be finite. Units belong "
        + "to the parameter (see `help NAME`), not to the number."
    case .missingHeader:
      return
        "The number states which language version the script was written for. Later versions of "
        + "the program can then read it correctly, or say that they cannot."
    case .unclosedBracket:
      return "The message points at the opening bracket. Inside ( ), [ ] and a record's { } line "
        + "breaks are ignored, so the parser may give up far below."
    case .nestingTooDeep:
      return
        "The limit bounds the parser's stack, even for untrusted scripts. Named parts are also "
        + "easier to read."
    case .fileTooLarge:
      return
        "A script describes an experiment; data belongs in files that commands read. The limit "
        + "keeps an untrusted script from costing time before it is checked."
    case .invalidEscape:
      return "A backslash always starts an escape. Write \\\\ for a backslash."
    case .misplacedStatement:
      return
        "Parameters, the seed and includes are read before the experiment runs. A claim or figure "
        + "inside a function would be written once per call."
    case .positionalAfterNamed:
      return "With a fixed order, calls can be read without looking up the command."
    case .duplicateField:
      return "One of the two values would be silently lost."
    default:
      return
        "The message states what was expected and what was found. Statements end at a line break "
        + "or `;`. A call without parentheses takes one positional argument."
    }
  }

  private var nameReason: String {
    switch self {
    case .boundTwice:
      return "Values are immutable, so a name has one meaning in the entire file. Inner blocks may "
        + "shadow outer names. The prompt allows rebinding."
    case .recursion:
      return
        "Without recursion and `while`, every script terminates. Use `for`, `map` or `fold` over "
        + "a list or range of known length."
    case .usedBeforeBinding:
      return "Scripts run from top to bottom, so names must be defined before use."
    case .includeFailed:
      return
        "A script includes files from its own directory, by relative paths without `..`. Symbolic "
        + "links that leave it are not followed, so an untrusted script reads only its own files."
    case .includeCycle:
      return
        "Including a file a second time has no effect, but a file that includes itself can never "
        + "be complete. Move the shared definitions into a third file."
    case .unknownParameter:
      return
        "Otherwise a misspelt `--set` would silently run the experiment with its defaults. The "
        + "message lists the declared parameters."
    case .unknownType:
      return "The basic types are int, float, bool, string, list, record, range, function, tensor, "
        + "table and figure. `help` lists the handle types, such as model."
    case .writtenTwice:
      return "The second would overwrite the first in figures/ and in the lock. Give each its own "
        + "name; in a loop, put the loop variable into the name."
    default:
      return
        "Names are looked up in the enclosing blocks, then among the commands and constants. The "
        + "message suggests the closest spelling."
    }
  }

  private var callReason: String {
    switch self {
    case .unknownArgument, .missingArgument, .tooManyArguments, .duplicateArgument:
      return
        "`help NAME` shows the parameters of a command: positional ones first, usually one, then "
        + "named ones. Argument names are never guessed."
    case .wrongType:
      return
        "Integers convert to floats, and ranges of integers to lists; nothing else is converted. "
        + "The message shows the expected type, with its unit, and the actual value."
    case .outsideDomain:
      return
        "The range is part of the command's signature, or follows `in` in a param. It is checked "
        + "before anything runs, so an invalid value never costs an hour."
    case .notConstant:
      return
        "Tools list the parameters of a script without running it. Use `let` to compute values "
        + "from a parameter."
    case .notAFunction:
      return "A bracket directly after a value is a call. Write `a * (b)` for a product, and put a "
        + "space before a bracket that starts a command's argument."
    case .unknownField:
      return "Records have the fields they were created with; `help` and Tab show the fields of "
        + "handles. The message suggests the closest name."
    case .pathOutside:
      return
        "An untrusted script must not read or overwrite other files. Paths are relative, start "
        + "with one of these directories and contain no `..`. Symbolic links that leave them are "
        + "refused when the file is opened."
    case .claimWithoutTolerance:
      return
        "Measured numbers are never exactly equal, so the claim would be about rounding, not about "
        + "the experiment. State the tolerance: `within(a, b, tolerance: 0.5)`, or compare over "
        + "seeds with `better(a, b)`."
    default:
      return "Operators take numbers with numbers, text with text, lists with lists, and tensors "
        + "with tensors or numbers. Use braces to insert values into text: \"{x} steps\"."
    }
  }

  private var valueReason: String {
    switch self {
    case .integerOverflow:
      return
        "Silent wraparound would give wrong numbers, and an infinite value would propagate to all "
        + "later results."
    case .divisionByZero:
      return "Infinite and undefined values would propagate to all later results."
    case .indexOutOfRange:
      return "The message gives the index and the length. Tensor axes follow the same rule."
    case .duplicateRow:
      return
        "Rows are identified by their label, in the lock and in `verify`."
    case .commandFailed:
      return "The call stack below the message shows where the call came from."
    case .shapeMismatch:
      return
        "Shapes are aligned from the last axis; two sizes match if they are equal or one of them "
        + "is 1. Named axes must have the same name. Nothing else is broadcast. `x.shape` and "
        + "`x.axes` show a tensor's shape and axes."
    default:
      return
        "Examples are the mean of an empty list and the root of a negative number. The message "
        + "states which value is not valid and which are."
    }
  }

  private var limitReason: String {
    let common =
      "Limits keep an untrusted script from hanging or using up the machine. The run ends with "
      + "status 4; finished results are cached. "
    switch self {
    case .stepLimit:
      return common
        + "Limit: ten million expressions and statements, including work in core commands."
    case .depthLimit:
      return common + "Limit: 64 nested calls, values 100 levels deep."
    case .sizeLimit:
      return common
        + "Limit: strings of 1 MiB, lists of a million elements, four million values in total."
    case .memoryLimit:
      return common + "Limit: 512 MiB of strings, lists, records and tensors, counted at creation."
    case .timeLimit:
      return common + "There is no time limit by default."
    default:
      return "Finished work is saved; run the same command again to resume."
    }
  }

  private var warningReason: String {
    let accept = " A comment `# ok(\(rawValue)): reason` accepts it."
    switch self {
    case .unusedBinding:
      return "It is often a misspelling or a leftover. A leading `_` marks a name as intentionally "
        + "unused." + accept
    case .floatEquality:
      return "0.1 + 0.2 is not exactly 0.3 in binary floating point." + accept
    case .hiddenCommand:
      return
        "Below this line the command cannot be called in this file, and readers may confuse the "
        + "two." + accept
    case .unusedValue:
      return "A bare value has no effect; usually a `print` or `let` is missing." + accept
    case .unseededRandomness:
      return
        "The script then implicitly uses seed 0. Each draw has its own random stream derived from "
        + "the seed, so adding a line changes no other number."
        + accept
    default:
      return
        "A difference between two single numbers may be chance. `better(a, b)` takes one number "
        + "per seed and judges the paired 95% interval: supported, not supported, inconclusive."
        + accept
    }
  }
}
