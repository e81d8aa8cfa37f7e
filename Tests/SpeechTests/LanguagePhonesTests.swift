import AvatariumCore
import Phonetics
import Speech
import SpeechTestSupport
import Testing

@Suite struct LanguagePhonesTests {
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
