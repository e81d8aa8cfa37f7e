/// Converts renderer names to folder names.
public enum RendererName {
    /// Returns `GL_RENDERER` as a folder name: lower case, without parts in brackets, bus and instruction set.
    /// `llvmpipe (LLVM 15.0.6, 256 bits)` is `llvmpipe`, `NVIDIA H100 PCIe/PCIe/SSE2` is `nvidia-h100-pcie`.
    public static func normalized(_ renderer: String) -> String {
        var depth = 0
        var words: [String] = []
        var word = ""
        for character in renderer.lowercased() {
            if character == "/", depth == 0 { break }
            if character == "(" { depth += 1 }
            if depth == 0, character.isASCII, character.isLetter || character.isNumber {
                word.append(character)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
            if character == ")" { depth = max(0, depth - 1) }
        }
        if !word.isEmpty { words.append(word) }
        return words.isEmpty ? "unknown" : words.joined(separator: "-")
    }
}
