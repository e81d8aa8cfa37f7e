import AvatariumCore
import Speech
import Testing

@Suite struct IPATests {
    @Test(arguments: ["p", "b", "m", "pʰ", "bʲ", "ɓ", "mː", "pf", "p͡f", "k͡p", "ᵐb", "m̩"])
    func knowsWhatClosesTheLips(ipa: String) {
        #expect(IPAFeatures.of(ipa).closesLips)
        #expect(IPAFeatures.of(ipa).known)
    }

    @Test(arguments: ["β", "f", "w", "n", "a", "u", "ɸ", "t", ""])
    func knowsWhatLeavesTheLipsOpen(ipa: String) {
        #expect(!IPAFeatures.of(ipa).closesLips)
    }

    @Test(arguments: ["f", "v", "ɱ", "ʋ", "fʲ"]) func knowsWhatTouchesTheTeeth(ipa: String) {
        #expect(IPAFeatures.of(ipa).touchesTeeth)
    }

    @Test func roundingCoversVowelsGlidesAndSecondArticulations() {
        for ipa in ["u", "y", "øː", "œ", "oʊ", "w", "ɥ", "kʷ", "ɔ̃", "aʊ"] {
            #expect(IPAFeatures.of(ipa).rounding > 0.4, "\(ipa)")
        }
        for ipa in ["i", "ɯ", "ɑ", "ɛ", "aɪ", "k", "ɤ"] {
            #expect(IPAFeatures.of(ipa).rounding < 0.2, "\(ipa)")
        }
    }

    @Test func diphthongsHaveTwoQualities() throws {
        let ai = IPAFeatures.of("aɪ")
        let from = try #require(ai.vowel)
        let to = try #require(ai.glide)
        #expect(from.openness > to.openness && from.backness > to.backness - 0.2)
        #expect(IPAFeatures.of("aj").glide != nil)
        #expect(IPAFeatures.of("ɚ").vowel?.rhotic == true)
    }

    @Test func affricatesTakeTheirFricativesPlace() {
        for (ipa, place) in [
            ("tʃ", IPAFeatures.Place.postalveolar), ("dʒ", .postalveolar), ("ts", .alveolar),
            ("tɕ", .alveoloPalatal),
            ("ʈʂ", .retroflex), ("t͡s", .alveolar),
        ] {
            #expect(IPAFeatures.of(ipa).manner == .affricate && IPAFeatures.of(ipa).place == place, "\(ipa)")
        }
    }

    @Test func diacriticsAreReadInAnyComposition() {
        #expect(IPAFeatures.of("ã").nasal && IPAFeatures.of("a\u{303}").nasal)
        #expect(IPAFeatures.of("ç").place == .palatal && IPAFeatures.of("c\u{327}").place == .palatal)
        #expect(IPAFeatures.of("uː").long && IPAFeatures.of("n̩").syllabic && !IPAFeatures.of("z̥").voiced)
        #expect(IPAFeatures.of("tˤ").pharyngealized && IPAFeatures.of("tʲ").palatalized)
        #expect(IPAFeatures.of("ˈoʊ") == IPAFeatures.of("oʊ"))
    }

    @Test(arguments: ["Δ", "☃", "字", "é", "ŧ", "Ä", "7", "-"]) func unknownSymbolsAreNeverNothing(ipa: String)
    {
        let features = IPAFeatures.of(ipa)
        #expect(!features.isSilence)
    }

    @Test func splitsTextIntoSounds() {
        for (text, sounds) in [
            ("ˈmʌðɚ", ["m", "ʌ", "ð", "ɚ"]), ("tʃɜːtʃ", ["tʃ", "ɜː", "tʃ"]), ("kaʊ", ["k", "aʊ"]),
            ("oːɹ", ["oː", "ɹ"]), ("aɪɚ", ["aɪ", "ɚ"]), ("pfɛɾt", ["pf", "ɛ", "ɾ", "t"]),
            ("gəʊ", ["ɡ", "əʊ"]),
            ("t͡ɕʰi", ["t͡ɕʰ", "i"]), ("ɲ̟a", ["ɲ̟", "a"]), ("maja", ["m", "a", "j", "a"]), ("", []),
        ] {
            #expect(IPASegments.of(text).map(\.ipa) == sounds, "\(text)")
        }
        #expect(IPASegments.of("ˈmʌðɚ").map(\.stress) == [0, 1, 0, 0])
        #expect(IPASegments.of("həlˌoʊ").map(\.stress) == [0, 0, 0, 2])
    }

    /// Every language speaks in sounds that have features.
    @Test(arguments: [
        ("en-us", "The quick brown fox jumps over the lazy dog; she measures, thinks, and chews cherry pie."),
        ("en-gb", "The quick brown fox jumps over the lazy dog; she measures, thinks, and chews cherry pie."),
        (
            "de",
            "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. Ich mache Pfannkuchen, Genie."
        ),
        ("fr", "Portez ce vieux whisky au juge blond qui fume. Un bon vin blanc, la montagne, huit œufs."),
        (
            "es",
            "El veloz murciélago hindú comía feliz cardillo y kiwi. La cigüeña tocaba el saxofón, rey, llama."
        ),
        (
            "it",
            "Quel vituperabile xenofobo zelante assaggia il whisky ed esclama: alleluja! Gli gnomi, scendere."
        ),
        (
            "pt-br",
            "Luís argüia à Júlia que brações, fé, chá, óxido, pôr, zângão eram palavras do português. Dia, tio."
        ),
        ("ja", "いろはにほへと ちりぬるを わかよたれそ つねならむ。ぎゃあ、しゅんぷう、でんわ。"),
        ("ko", "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다."),
        ("cmn", "你好，妈妈吃饭。今天天气很好，我们去中国人民银行，女儿绿色日本。"),
        ("ru", "Съешь же ещё этих мягких французских булок, да выпей чаю. Жизнь, щука, объём."),
        ("ar", "نصٌّ حكيمٌ لهُ سِرٌّ قاطِعٌ وَذُو شَأنٍ عَظيمٍ مكتوبٌ على ثوبٍ أخضرَ ومُغلفٌ بجلدٍ أزرق"),
        ("hi", "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले विष्णुवतार भगवान श्रीराम।"),
        ("vi", "Xin chào, tôi đang học tiếng Việt ở nhà."), ("th", "สวัสดีครับ"),
        ("tr", "Pijamalı hasta yağız şoföre çabucak güvendi."),
        ("pl", "Pchnąć w tę łódź jeża lub ośm skrzyń fig."),
        ("nl", "Pa's wijze lynx bezag vroom het fikse aquaduct."),
        ("sv", "Flygande bäckasiner söka hwila på mjuka tuvor."),
        ("fi", "Törkylempijävongahdus, yö ja päivä."),
        ("cs", "Příliš žluťoučký kůň úpěl ďábelské ódy."), ("hu", "Árvíztűrő tükörfúrógép, gyere."),
        ("el", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία."), ("he", "שלום עולם"),
        ("uk", "Чуєш їх, доцю, га? Кумедна ж ти."),
        ("ro", "Muzicologă în bej vând whisky și tequila."),
        ("da", "Quizdeltagerne spiste jordbær med fløde."),
        ("fa", "سلام دنیا"), ("sw", "Habari ya dunia, ng'ombe."), ("id", "Selamat pagi dunia, nyonya."),
        ("yue", "你好，早晨"), ("ta", "வணக்கம் உலகம்"), ("ka", "გამარჯობა მსოფლიო"),
    ])
    func everyLanguageHasMouths(voice: String, text: String) async throws {
        let speech = try await ESpeakEngine().synthesize(text, options: SpeechOptions(voice: voice))
        expectClean(speech.timeline)
        let spoken = speech.timeline.phones.filter { !$0.isSilence }
        #expect(spoken.count > 6)
        for phone in spoken {
            let features = IPAFeatures.of(phone.ipa)
            #expect(IPASegments.of(phone.ipa).count == 1, "\(voice) \(phone.ipa)")
            #expect(features.isVowel || phone.duration < 0.4, "\(voice) \(phone)")
        }
    }
}
