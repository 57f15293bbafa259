using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Actors.Entities;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Actors.Tests;

public class ProbeReplacementTests
{
    /// <summary>Stands in for an entity: notes what comes, from whom, and answers through the machine.</summary>
    private sealed class Probe : ReceiveActor
    {
        public Probe(Diary diary) =>
            Receive<Note>(note =>
            {
                diary.Note($"{note.Text} from {Sender.Path.Name}");
                RegionDriver.Current!.Effects.Send(new EntityId(0), Ns(30), new Note("pong"));
            });
    }

    [Fact]
    public void Actor_in_place_of_an_entity_gets_its_messages_and_can_answer_in_virtual_time()
    {
        var diary = new Diary();
        var machine = new LambdaMachine(
            1_000,
            (_, message, effects) =>
            {
                if (message is Start)
                {
                    effects.Send(new EntityId(1), Ns(120), new Note("ping"));
                }
            },
            (_, _, _) => Assert.Fail("the entity itself must not be asked")
        );
        ActorEngine.Run(
            machine,
            new(),
            new ActorOptions(entity =>
                entity.Id.Index == 1 ? Props.Create(() => new Probe(diary)) : EntityProps.Of(entity)
            )
        );
        Assert.Equal(["120 ping from node-0"], diary.Lines);
        Assert.Equal(["0 node-0 start", "150 node-0 pong"], machine.Log);
    }
}
