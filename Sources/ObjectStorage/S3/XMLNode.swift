import Foundation
import FoundationXML

/// An element of one of S3's short XML answers: its name without prefix, its text, its children.
struct XMLNode: Sendable {
    var name: String
    var text = ""
    var children: [XMLNode] = []

    /// Elements deeper than this make the answer invalid.
    private static let maximumDepth = 16

    /// Reads a document. Nil if it is not well-formed. External entities are not loaded.
    static func parse(_ bytes: [UInt8]) -> XMLNode? {
        let parser = XMLParser(data: Data(bytes))
        let builder = Builder()
        parser.delegate = builder
        parser.shouldProcessNamespaces = true
        guard parser.parse(), builder.stack.count == 1 else { return nil }
        return builder.stack[0].children.first
    }

    /// The text of the first child of a name, without white space at its ends.
    subscript(name: String) -> String? {
        children.first { $0.name == name }?.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    private final class Builder: NSObject, XMLParserDelegate {
        /// The document and the elements that are open.
        var stack = [XMLNode(name: "")]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            guard stack.count <= XMLNode.maximumDepth else { return parser.abortParsing() }
            stack.append(XMLNode(name: name))
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            stack[stack.count - 1].text += text
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            let node = stack.removeLast()
            stack[stack.count - 1].children.append(node)
        }
    }
}
