import AvatariumCore
import Foundation

/// Pronunciations from the CMU dictionary that comes with the model.
enum EnglishDictionary {
    /// All pronunciations of each of some small-letter words, in ARPABET; words that it lacks are left out.
    static func pronunciations(of words: Set<String>) -> [String: [[String]]] {
        let path = "\(SphinxDecoder.modelFolder)/cmudict-en-us.dict"
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        let bytes = [UInt8](data)
        let wanted = Set(words.map { Array($0.utf8) })
        var found: [String: [[String]]] = [:]
        for line in bytes.split(separator: 0x0A) {
            let head = line.prefix { $0 != 0x20 && $0 != UInt8(ascii: "(") }
            guard wanted.contains(Array(head)) else { continue }
            let fields = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
            found[String(decoding: head, as: UTF8.self), default: []].append(Array(fields.dropFirst()))
        }
        return found
    }
}
