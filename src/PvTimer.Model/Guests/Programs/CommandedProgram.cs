using System.Collections.Generic;
using PvTimer.Model.Messages;
using PvTimer.Model.State;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// Does what it is told: one instruction after the other, then nothing, until it is told more. With
/// `idle=poll` it spins on the word of memory that commands come through, and begins at once; halted it
/// begins when an interrupt has woken it.
/// </summary>
internal sealed class CommandedProgram(GuestIdle idle) : IGuestProgram
{
    private readonly Queue<GuestInstruction> _instructions = new();
    private readonly List<GuestInstruction> _handler = [];
    private int _inHandler;
    private bool _handling;
    private bool _spins;

    public GuestStep Next(in GuestContext context)
    {
        _spins = false;
        if (_handling)
        {
            if (_inHandler < _handler.Count)
            {
                return _handler[_inHandler++].ToStep(context);
            }
            _handling = false;
            return GuestStep.EndOfInterrupt;
        }
        if (_instructions.TryDequeue(out GuestInstruction next))
        {
            return next.ToStep(context);
        }
        _spins = idle == GuestIdle.Poll;
        return _spins ? GuestStep.Wait : GuestStep.Halt;
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _handling = true;
        _spins = false;
        _inHandler = 0;
    }

    public void OnReset()
    {
        _instructions.Clear();
        _handling = false;
        _spins = false;
    }

    public bool OnCommand(Command command)
    {
        foreach (GuestInstruction instruction in command.Instructions)
        {
            _instructions.Enqueue(instruction);
        }
        if (command.Handler is { } handler)
        {
            _handler.Clear();
            _handler.AddRange(handler);
            _inHandler = _handler.Count;
        }
        return _spins;
    }

    public void Transfer(StateTransfer state)
    {
        state.Queue(_instructions, GuestInstruction.Transfer);
        state.List(_handler, GuestInstruction.Transfer);
        _inHandler = state.Value(_inHandler);
        _handling = state.Value(_handling);
        _spins = state.Value(_spins);
    }
}
