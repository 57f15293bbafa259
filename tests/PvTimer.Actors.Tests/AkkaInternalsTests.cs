using System;
using System.Linq;
using System.Reflection;
using System.Threading;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Akka.TestKit.Xunit2;
using PvTimer.Actors.Dispatch;

namespace PvTimer.Actors.Tests;

/// <summary>
/// What <see cref="AkkaInternals"/> believes of Akka: a new version that changes one of these is noticed here,
/// and not as a run that goes wrong.
/// </summary>
public sealed class AkkaInternalsTests : TestKit
{
    private const BindingFlags Any =
        BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    private readonly ManualResetEventSlim _decided = new();

    protected override void AfterAll()
    {
        base.AfterAll();
        _decided.Dispose();
    }

    [Theory]
    [InlineData(typeof(InternalCurrentActorCellKeeper), "Current", typeof(ActorCell), true)]
    [InlineData(typeof(LocalActorRef), "Cell", typeof(ActorCell), false)]
    [InlineData(typeof(ActorCell), "Mailbox", typeof(Mailbox), false)]
    [InlineData(typeof(Mailbox), "MessageQueue", typeof(IMessageQueue), false)]
    [InlineData(typeof(IInternalActorRef), "Parent", typeof(IInternalActorRef), false)]
    public void Property_of_Akka_is_there_with_its_type(
        Type owner,
        string name,
        Type type,
        bool isWritten
    )
    {
        PropertyInfo property = Assert.Single(owner.GetProperties(Any), each => each.Name == name);
        Assert.Equal(type, property.PropertyType);
        Assert.Equal(isWritten, property.SetMethod is { IsPublic: true });
    }

    [Theory]
    [InlineData(typeof(Mailbox), "ShouldProcessMessage", typeof(bool))]
    [InlineData(typeof(ActorCell), "Invoke", typeof(void), typeof(Envelope))]
    public void Method_of_Akka_is_there_with_its_signature(
        Type owner,
        string name,
        Type returned,
        params Type[] parameters
    )
    {
        MethodInfo method = Assert.Single(owner.GetMethods(Any), each => each.Name == name);
        Assert.Equal(returned, method.ReturnType);
        Assert.Equal(parameters, method.GetParameters().Select(each => each.ParameterType));
        Assert.False(method.IsStatic);
    }

    [Fact]
    public void Invoked_cell_handles_the_message_on_this_thread_as_its_actor()
    {
        IActorRef actor = ChildOf(Props.Create(() => new Telling(TestActor)));
        ActorCell? before = AkkaInternals.ActingAs;
        AkkaInternals.Invoke(AkkaInternals.CellOf(actor), new Envelope("seen", TestActor));
        Assert.Equal(AkkaInternals.CellOf(actor), AkkaInternals.ActingAs);
        AkkaInternals.ActingAs = before;
        Assert.Equal(
            ("seen", actor, TestActor, Environment.CurrentManagedThreadId),
            ExpectMsg<Heard>().What
        );
    }

    [Fact]
    public void Failure_of_an_invoked_cell_goes_to_its_supervisor_and_suspends_it()
    {
        IActorRef child = ChildOf(Props.Create(() => new Breaking()));
        ActorCell cell = AkkaInternals.CellOf(child);
        Assert.True(AkkaInternals.TakesMessages(cell));
        Assert.Equal(child.Path.Parent, AkkaInternals.ParentOf(child)?.Path);
        ActorCell? before = AkkaInternals.ActingAs;
        AkkaInternals.Invoke(cell, new Envelope("break", TestActor));
        AkkaInternals.ActingAs = before;
        // Until the supervisor has decided, its mailbox gives it nothing.
        Assert.False(AkkaInternals.TakesMessages(cell));
        _decided.Set();
        AwaitCondition(() => AkkaInternals.TakesMessages(cell), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Stopped_cell_takes_no_messages()
    {
        IActorRef actor = ChildOf(Props.Create(() => new Telling(TestActor)));
        ActorCell cell = AkkaInternals.CellOf(actor);
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        Assert.False(AkkaInternals.TakesMessages(cell));
    }

    [Fact]
    public void Only_an_actor_with_a_stash_has_a_mailbox_with_a_front()
    {
        IActorRef plain = ChildOf(Props.Create(() => new Telling(TestActor)));
        IActorRef stashing = ChildOf(Props.Create(() => new Stashing()));
        Assert.False(AkkaInternals.HasStash(AkkaInternals.CellOf(plain)));
        Assert.True(AkkaInternals.HasStash(AkkaInternals.CellOf(stashing)));
    }

    /// <summary>Only an actor's child is sure to have started when its parent knows it.</summary>
    private IActorRef ChildOf(Props props)
    {
        Sys.ActorOf(Props.Create(() => new Undecided(TestActor, props, _decided)));
        return ExpectMsg<IActorRef>();
    }

    private sealed record Heard((object, IActorRef, IActorRef, int) What);

    private sealed class Telling : ReceiveActor
    {
        public Telling(IActorRef told) =>
            ReceiveAny(message =>
                told.Tell(new Heard((message, Self, Sender, Environment.CurrentManagedThreadId)))
            );
    }

    private sealed class Stashing : ReceiveActor, IWithUnboundedStash
    {
        public IStash Stash { get; set; } = null!; // reason: set by Akka
    }

    private sealed class Breaking : ReceiveActor
    {
        public Breaking() =>
            ReceiveAny(_ => throw new InvalidOperationException("broken, as it was told"));
    }

    /// <summary>If its child fails, it decides when it is told to.</summary>
    private sealed class Undecided : ReceiveActor
    {
        private readonly ManualResetEventSlim _decided;

        public Undecided(IActorRef told, Props child, ManualResetEventSlim decided)
        {
            _decided = decided;
            told.Tell(Context.ActorOf(child));
        }

        protected override SupervisorStrategy SupervisorStrategy() =>
            new OneForOneStrategy(_ =>
            {
                _decided.Wait(TimeSpan.FromSeconds(10));
                return Directive.Restart;
            });
    }
}
