using System.Collections.Concurrent;
using System.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace PvTimer.Actors.Dispatch;

/// <summary>
/// The mailbox of entities' actors: the machine's events go past it, so that hardly any ever holds a message. Akka's own
/// begins with room for 32, which takes a kilobyte for each actor; this one begins with nothing.
/// </summary>
internal sealed class SparseMailbox(Settings settings, Config config)
    : MailboxType(settings, config),
        IProducesMessageQueue<SparseMailbox.SparseQueue>
{
    /// <summary>Its name in the configuration of actor systems (<see cref="ActorOptions.HybridTime"/>).</summary>
    public const string Id = "pvtimer.sparse-mailbox";

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new SparseQueue();

    /// <summary>Unbounded, made when the first message comes.</summary>
    public sealed class SparseQueue : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        private ConcurrentQueue<Envelope>? _messages;

        /// <inheritdoc/>
        public bool HasMessages => _messages is { IsEmpty: false };

        /// <inheritdoc/>
        public int Count => _messages?.Count ?? 0;

        /// <inheritdoc/>
        public void Enqueue(IActorRef receiver, Envelope envelope) =>
            LazyInitializer.EnsureInitialized(ref _messages).Enqueue(envelope);

        /// <inheritdoc/>
        public bool TryDequeue(out Envelope envelope)
        {
            envelope = default;
            return _messages is not null && _messages.TryDequeue(out envelope);
        }

        /// <inheritdoc/>
        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            while (TryDequeue(out Envelope envelope))
            {
                deadletters.Enqueue(owner, envelope);
            }
        }
    }
}
