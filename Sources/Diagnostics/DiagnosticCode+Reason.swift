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
      return "Outside strings and comments a script is written in ASCII, so that no two names look "
        + "alike. The message proposes what to write for the signs of other languages."
    case .unterminatedString:
      return "A forgotten quote would otherwise swallow the rest of the file, and the error would "
        + "be reported far from its cause."
    case .invalidNumber:
      return "Integers have 64 bits and may be grouped with `_`; floats are finite. Units belong "
        + "to the parameter (see `help NAME`), never to the number."
    case .missingHeader:
      return "The number says which rules the script was written for; a later program can then "
        + "read it as it was meant, or say that it cannot."
    case .unclosedBracket:
      return "The message points at the bracket that was opened. Inside ( ), [ ] and a record's "
        + "{ } a line break means nothing, so the place where the reader gave up may be far below."
    case .nestingTooDeep:
      return "The bound keeps the stack of the reader small, whoever wrote the script. Parts with "
        + "names are easier to read, too."
    case .fileTooLarge:
      return "A script states an experiment; data belongs into files that commands read. The bound "
        + "keeps a stranger's script from costing time before anything is known about it."
    case .invalidEscape:
      return "A backslash always begins an escape. To write one, double it."
    case .misplacedStatement:
      return "Parameters, the seed and includes are the head of an experiment and are read before "
        + "it runs; a claim or figure inside a function would be made as often as it is called."
    case .positionalAfterNamed:
      return "With the order fixed, the first arguments can be read without looking up the command."
    case .duplicateField:
      return "One of the two values would be lost without a word."
    default:
      return "The message names what was expected and what stands there. Statements end at a line "
        + "break or `;`; a call without parentheses has one positional argument."
    }
  }

  private var nameReason: String {
    switch self {
    case .boundTwice:
      return "Values never change, so a name means one thing in the whole file and the order of "
        + "reading never matters. Inner blocks may hide outer names. The prompt may rebind."
    case .recursion:
      return "Without recursion and `while` every script ends. Use `for`, `map` or `fold` over a "
        + "list or range whose length is known."
    case .usedBeforeBinding:
      return "A script is read and run from top to bottom; what a name means is settled above it."
    case .includeFailed:
      return "A script includes files in its own folder, by relative paths without `..`; symbolic "
        + "links that lead out of it are not followed. So a stranger's script reads only its own."
    case .includeCycle:
      return "A file included a second time adds nothing, but one that includes itself can never "
        + "be complete. Move what both need into a third file."
    case .unknownParameter:
      return "A misspelt `--set` would otherwise run the experiment with its defaults and look as "
        + "if it had been obeyed. The message lists the parameters that there are."
    case .unknownType:
      return "The plain types are int, float, bool, string, list, record, range, function, tensor, "
        + "table and figure; handles such as model have the names that `help` shows."
    case .writtenTwice:
      return "The second would replace the first in the figures folder and in the lock, and nobody "
        + "could tell what the file shows. Give each a name of its own; in a loop, put the "
        + "variable into it."
    default:
      return "Names are found in the blocks around, then among the commands and constants. The "
        + "message proposes the nearest spelling."
    }
  }

  private var callReason: String {
    switch self {
    case .unknownArgument, .missingArgument, .tooManyArguments, .duplicateArgument:
      return "Every command states its parameters once, and `help NAME` shows them: positional "
        + "ones first, usually one, then those that are given by name. Nothing is ever guessed."
    case .wrongType:
      return "Integers become floats where floats are wanted, ranges of integers become lists; no "
        + "other value is converted. The message says what was wanted, with its unit, and what "
        + "was given."
    case .outsideDomain:
      return
        "The bounds stand in the command's signature or after `in` of a param, and are checked "
        + "before anything runs, so that an impossible value never costs an hour."
    case .notConstant:
      return "Tools list the parameters of a script without running it. Compute with `let` what "
        + "depends on a parameter."
    case .notAFunction:
      return "A bracket right behind a value is a call. Write `a * (b)` for a product, and put a "
        + "space before a bracket that begins a command's value."
    case .unknownField:
      return "Records have the fields they were written with, handles those that `help` and Tab "
        + "show. The message proposes the nearest one."
    case .pathOutside:
      return "A script from a stranger must not read or overwrite anything else. Paths are "
        + "relative, begin with one of these folders and hold no `..`; symbolic links that lead "
        + "out are refused when the file is opened."
    case .claimWithoutTolerance:
      return
        "Measured numbers are never equal to the last digit, so the claim would say more about "
        + "rounding than about the experiment. State the tolerance: "
        + "`within(a, b, tolerance: 0.5)`, or compare over seeds with `better(a, b)`."
    default:
      return "Operators take numbers with numbers, text with text, lists with lists, and tensors "
        + "with tensors or numbers. Put values into text with braces: \"{x} steps\"."
    }
  }

  private var valueReason: String {
    switch self {
    case .integerOverflow:
      return
        "A number that wrapped around would be wrong without a word, and an infinite one would "
        + "spread through every result that follows."
    case .divisionByZero:
      return "Infinite and undefined numbers would spread through every result that follows."
    case .indexOutOfRange:
      return "The message gives the index and the length. An axis of a tensor is counted likewise."
    case .duplicateRow:
      return
        "Cells of a table are found by the label of their row: in `cell`, in the lock and when "
        + "a run is verified."
    case .commandFailed:
      return "The call stack below the message says how the script came there."
    case .shapeMismatch:
      return "Axes are matched from the last one; two extents go together when they are equal or "
        + "one of them is 1, and axes with names must have the same names. Nothing is repeated "
        + "silently beyond that rule. `x.shape` and `x.axes` show what a tensor has."
    default:
      return "The mean of an empty list, the root of a negative number: the message says which "
        + "value is meant and what it may be."
    }
  }

  private var limitReason: String {
    let common =
      "Limits keep a stranger's script from hanging or filling the machine; the run ends "
      + "with status 4 and keeps the results that are finished. "
    switch self {
    case .stepLimit:
      return common + "Ten million expressions and statements, work inside core commands included."
    case .depthLimit:
      return common + "64 calls inside calls, values 100 deep."
    case .sizeLimit:
      return common + "Strings of 1 MiB, lists of a million elements, four million values in all."
    case .memoryLimit:
      return common + "512 MiB of strings, lists, records and tensors, counted when they are made."
    case .timeLimit:
      return common + "The wall time is open unless a limit is set."
    default:
      return "A second run goes on where this one was stopped."
    }
  }

  private var warningReason: String {
    let accept = " A comment `# ok(\(rawValue)): reason` accepts it."
    switch self {
    case .unusedBinding:
      return "It is often a misspelling, or what is left of an experiment that was taken out. A "
        + "leading `_` says that it is meant so." + accept
    case .floatEquality:
      return "0.1 + 0.2 is not 0.3 in binary." + accept
    case .hiddenCommand:
      return "From there on the command cannot be called in this file, and readers will take one "
        + "for the other." + accept
    case .unusedValue:
      return "Only calls do something by being written; a bare value is most often a forgotten "
        + "`print` or `let`." + accept
    case .unseededRandomness:
      return "The draws are then those of seed 0, which the script does not say. Each draw has a "
        + "stream of its own below the seed, so that adding a line changes no other number."
        + accept
    default:
      return
        "A difference of two single numbers may be chance. `better(a, b)` takes one number for "
        + "each seed and judges the paired 95% interval: supported, not supported, inconclusive."
        + accept
    }
  }
}
