/// The side process: a few lines of Python around piper-tts, JSON lines in and out.
///
/// One voice is loaded once. A request is `{"text", "length_scale", "volume"}`; the answer is one line,
/// `{"sample_rate", "chunks": [{"audio": base64 of 16-bit PCM, "phonemes": [...], "samples": [...]}]}` or
/// `{"error"}`. It ends when its input does. The seed makes the first requests of every process alike.
enum PiperWorker {
    static let script = """
        import base64, json, os, sys
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        def answer(value):
            answers.write(json.dumps(value) + "\\n")
            answers.flush()
        try:
            import onnxruntime
            onnxruntime.set_seed(20)
            from piper import PiperVoice, SynthesisConfig
            voice = PiperVoice.load(sys.argv[1])
            answer({"ready": True, "sample_rate": voice.config.sample_rate,
                    "language": voice.config.espeak_voice})
        except BaseException as error:
            answer({"error": "%s: %s" % (type(error).__name__, error)})
            sys.exit(1)
        for line in sys.stdin:
            try:
                request = json.loads(line)
                config = SynthesisConfig(length_scale=request["length_scale"], volume=request["volume"])
                chunks = []
                for chunk in voice.synthesize(request["text"], syn_config=config, include_alignments=True):
                    if chunk.phoneme_alignments is None:
                        raise RuntimeError("this voice gives no phoneme times; run "
                                           "python -m piper.patch_voice_with_alignment on it")
                    chunks.append({
                        "audio": base64.b64encode(chunk.audio_int16_bytes).decode("ascii"),
                        "phonemes": [a.phoneme for a in chunk.phoneme_alignments],
                        "samples": [int(a.num_samples) for a in chunk.phoneme_alignments]})
                answer({"sample_rate": voice.config.sample_rate, "chunks": chunks})
            except Exception as error:
                answer({"error": "%s: %s" % (type(error).__name__, error)})
        """
}
