using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace PvTimer.Sharding.Tests.Clients;

public sealed class AskersTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system = ActorSystem.Create("asking");

    public async ValueTask DisposeAsync() => await _system.Terminate();

    /// <summary>A node remembers each name in which it was asked.</summary>
    [Fact]
    public async Task Questions_one_after_the_other_are_asked_in_one_name()
    {
        IActorRef answering = Answering((_, asker) => asker.Tell($"{asker.Path}"));
        HashSet<string> names = [];
        for (int question = 0; question < 20; question++)
        {
            names.Add(await Ask<string>(answering, question));
        }
        Assert.Single(names);
    }

    [Fact]
    public async Task Questions_at_a_time_get_the_answer_to_each()
    {
        List<(object Question, IActorRef Asker)> asked = [];
        IActorRef answering = Answering(
            (question, asker) =>
            {
                asked.Add((question, asker));
                if (asked.Count == 8)
                {
                    asked.ForEach(each => each.Asker.Tell(each.Question));
                }
            }
        );
        Task<int>[] answers = [.. Enumerable.Range(0, 8).Select(each => Ask<int>(answering, each))];
        Assert.Equal(Enumerable.Range(0, 8), await Task.WhenAll(answers));
    }

    [Fact]
    public async Task Answer_that_comes_too_late_does_not_pass_for_that_to_another_question()
    {
        IActorRef? late = null;
        IActorRef answering = Answering(
            (question, asker) =>
            {
                if (question is "first")
                {
                    late = asker;
                    return;
                }
                late!.Tell("of the first");
                asker.Tell("of the second");
            }
        );
        await Assert.ThrowsAsync<AskTimeoutException>(() =>
            Ask<string>(answering, "first", TimeSpan.FromMilliseconds(100))
        );
        Assert.Equal("of the second", await Ask<string>(answering, "second"));
    }

    [Fact]
    public async Task Question_that_is_given_up_ends_at_once()
    {
        IActorRef answering = Answering((_, _) => { });
        using CancellationTokenSource cancel = new();
        Task<string> answer = Ask<string>(answering, "first", Patience, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    private Task<T> Ask<T>(
        IActorRef whom,
        object question,
        TimeSpan? within = null,
        CancellationToken cancel = default
    ) => Askers.Of(_system).Ask<T>(whom, question, within ?? Patience, cancel);

    private IActorRef Answering(Action<object, IActorRef> answer) =>
        _system.ActorOf(Props.Create(() => new Answerer(answer)));

    private sealed class Answerer : ReceiveActor
    {
        public Answerer(Action<object, IActorRef> answer) =>
            ReceiveAny(question => answer(question, Sender));
    }
}
