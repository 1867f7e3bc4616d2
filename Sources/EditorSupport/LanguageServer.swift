import Diagnostics
import JSON
import ScriptChecker
import ScriptSyntax

/// The Language Server Protocol for scripts, as a function from bytes to bytes: the program around
/// it reads and writes.
public final class LanguageServer {
  let signatures: SignatureRegistry
  private let resolve: Program.IncludeResolver
  private var reader = MessageReader()
  private var documents: [String: Document] = [:]
  private var isInitialised = false
  private var isShutDown = false
  private var outbox: [[UInt8]] = []
  /// Documents that changed since their diagnostics were sent, in order.
  private var unchecked: [String] = []

  /// With what the program ends, once the client said `exit`: 0 after `shutdown`, else 1.
  public private(set) var exitStatus: Int32?

  /// - Parameter resolve: reads the files that a script includes
  public init(
    signatures: SignatureRegistry, resolve: @escaping Program.IncludeResolver
  ) {
    self.signatures = signatures
    self.resolve = resolve
  }

  /// Takes bytes as they come, whole messages or parts; gives the messages to send. Diagnostics
  /// wait for ``diagnose()``.
  public func receive(_ bytes: [UInt8]) -> [[UInt8]] {
    for piece in reader.receive(bytes) where exitStatus == nil {
      switch piece {
      case .malformed(let reason): sendError(.null, -32700, reason)
      case .message(let body): handle(body)
      }
    }
    defer { outbox = [] }
    return outbox
  }

  /// Checks the documents that changed and gives their diagnostics. Call it when no more input is
  /// waiting, so that a burst of edits is checked once.
  public func diagnose() -> [[UInt8]] {
    publishChanged()
    defer { outbox = [] }
    return outbox
  }

  private func publishChanged() {
    for uri in unchecked { publish(uri) }
    unchecked = []
  }

  private func handle(_ body: [UInt8]) {
    let message: JSONNode
    do {
      message = JSONNode(try JSONValue(parsing: body))
    } catch {
      sendError(.null, -32700, "\(error)")
      return
    }
    guard case .object = message.value, case .string(let method)? = message.value["method"] else {
      // Answers to requests of ours would come here; we send none.
      if message.value["result"] == nil, message.value["error"] == nil {
        sendError(message.value["id"] ?? .null, -32600, "message without a method")
      }
      return
    }
    let parameters = JSONNode(message.value["params"] ?? .object([:]))
    if let id = message.value["id"] {
      answer(method, parameters, id)
    } else {
      note(method, parameters)
    }
  }

  // MARK: Requests

  private func answer(_ method: String, _ parameters: JSONNode, _ id: JSONValue) {
    if isShutDown { return sendError(id, -32600, "the server is shut down") }
    if method != "initialize", !isInitialised {
      return sendError(id, -32002, "expected `initialize` first")
    }
    do {
      let result: JSONValue
      switch method {
      case "initialize":
        isInitialised = true
        result = Self.capabilities
      case "shutdown":
        // Nothing may follow the answer.
        publishChanged()
        isShutDown = true
        result = .null
      case "textDocument/hover": result = try hover(try place(parameters))
      case "textDocument/completion": result = try completion(try place(parameters))
      case "textDocument/definition": result = try definition(try place(parameters))
      case "textDocument/documentSymbol": result = symbols(try document(parameters))
      case "textDocument/formatting": result = formatting(try document(parameters))
      default: return sendError(id, -32601, "unknown method \(method)")
      }
      send(["jsonrpc": "2.0", "id": id, "result": result])
    } catch ServerError.invalidParameters(let reason) {
      sendError(id, -32602, reason)
    } catch {
      sendError(id, -32602, "\(error)")
    }
  }

  private static let capabilities: JSONValue = [
    "capabilities": [
      "positionEncoding": "utf-16",
      "textDocumentSync": ["openClose": true, "change": 2],
      "hoverProvider": true,
      "completionProvider": ["triggerCharacters": ["(", " ", "\"", ":"]],
      "definitionProvider": true,
      "documentSymbolProvider": true,
      "documentFormattingProvider": true,
    ],
    "serverInfo": ["name": "merepl"],
  ]

  private func document(_ parameters: JSONNode) throws -> Document {
    let uri = try parameters.object("textDocument").string("uri")
    guard let document = documents[uri] else {
      throw ServerError.invalidParameters("the document \(uri) is not open")
    }
    return document
  }

  private func place(_ parameters: JSONNode) throws -> Place {
    let document = try document(parameters)
    let offset = try document.offset(parameters.object("position"))
    return Place(document: document, offset: offset)
  }

  // MARK: Notifications

  private func note(_ method: String, _ parameters: JSONNode) {
    if method == "exit" {
      exitStatus = isShutDown ? 0 : 1
      return
    }
    guard isInitialised, !isShutDown else { return }
    do {
      switch method {
      case "textDocument/didOpen":
        let item = try parameters.object("textDocument")
        open(
          try item.string("uri"), item.value["version"] ?? .null, try item.string("text"))
      case "textDocument/didChange":
        let item = try parameters.object("textDocument")
        let uri = try item.string("uri")
        guard let document = documents[uri] else { return }
        documents[uri] = try document.applying(
          parameters.array("contentChanges"), version: item.value["version"] ?? .null,
          resolve: resolve)
        awaitCheck(uri)
      case "textDocument/didClose":
        let uri = try parameters.object("textDocument").string("uri")
        documents[uri] = nil
        unchecked.removeAll { $0 == uri }
        publish(uri, [], .null)
      default: break
      }
    } catch {
      // A notification has no answer; the document stays as it was.
      log("\(method): \(error)")
    }
  }

  private func open(_ uri: String, _ version: JSONValue, _ text: String) {
    documents[uri] = Document(uri: uri, version: version, text: text, resolve: resolve)
    awaitCheck(uri)
  }

  private func awaitCheck(_ uri: String) {
    if !unchecked.contains(uri) { unchecked.append(uri) }
  }

  private func publish(_ uri: String) {
    guard let document = documents[uri] else { return }
    let found = Checker.check(document.program, signatures: signatures)
    publish(uri, document.diagnostics(found), document.version)
  }

  private func publish(_ uri: String, _ diagnostics: [JSONValue], _ version: JSONValue) {
    var members: [(String, JSONValue)] = [
      ("uri", .string(uri)), ("diagnostics", .array(diagnostics)),
    ]
    if version != .null { members.append(("version", version)) }
    send([
      "jsonrpc": "2.0", "method": "textDocument/publishDiagnostics",
      "params": JSONValue(members: members),
    ])
  }

  private func log(_ text: String) {
    send([
      "jsonrpc": "2.0", "method": "window/logMessage",
      "params": ["type": 2, "message": .string(text)],
    ])
  }

  // MARK: Sending

  private func sendError(_ id: JSONValue, _ code: Int, _ message: String) {
    send([
      "jsonrpc": "2.0", "id": id, "error": ["code": .int(code), "message": .string(message)],
    ])
  }

  private func send(_ message: JSONValue) {
    // Nothing here is a number that JSON could not hold.
    guard let text = try? message.serialized() else { return }
    outbox.append(Array("Content-Length: \(text.utf8.count)\r\n\r\n\(text)".utf8))
  }
}

/// A place in an open document.
struct Place {
  let document: Document
  let offset: Int
}
