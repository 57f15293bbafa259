using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Guests;
using PvTimer.Model.State;

namespace PvTimer.Model.Messages;

/// <content>Commands to guests.</content>
public static partial class MessageCodec
{
    private static void Write(StateWriter writer, Command command)
    {
        WriteKind(writer, Events.MessageKind.Command);
        StateTransfer state = new(writer);
        state.List([.. command.Instructions], GuestInstruction.Transfer);
        writer.WriteBool(command.Handler is not null);
        if (command.Handler is { } handler)
        {
            state.List([.. handler], GuestInstruction.Transfer);
        }
    }

    private static Command ReadCommand(StateReader reader)
    {
        ImmutableArray<GuestInstruction> instructions = ReadInstructions(reader);
        return new Command(instructions, reader.ReadBool() ? ReadInstructions(reader) : null);
    }

    private static ImmutableArray<GuestInstruction> ReadInstructions(StateReader reader)
    {
        List<GuestInstruction> instructions = [];
        new StateTransfer(reader).List(instructions, GuestInstruction.Transfer);
        return [.. instructions];
    }
}
