import Foundation
import NIOCore

/// Closes a connection whose client does not read what it asked for: the idle timeout counts arriving bytes alone, and such
/// a client would hold its place among the connections for ever.
///
/// Slow is not stalled: while an answer waits, at least 16 KiB of it must leave in each period. What the kernel has taken
/// counts as having left.
final class StalledReaderCloser: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private static let leastProgress = 16 << 10
    private let period: TimeAmount
    private var check: Scheduled<Void>?

    init(period: TimeAmount) { self.period = period }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
        if !context.channel.isWritable { watch(context, waiting: Self.waiting(context)) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        check?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { check?.cancel() }

    private func watch(_ context: ChannelHandlerContext, waiting before: Int) {
        check = context.eventLoop.assumeIsolated().scheduleTask(in: period) { [self] in
            let waiting = Self.waiting(context)
            guard waiting > before - Self.leastProgress else {
                watch(context, waiting: waiting)
                return
            }
            // A reset: the kernel, too, is to keep nothing for a client that does not read.
            let channel = context.channel
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                .whenComplete { _ in channel.close(promise: nil) }
        }
    }

    private static func waiting(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
