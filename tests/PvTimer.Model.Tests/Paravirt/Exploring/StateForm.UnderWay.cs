using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <content>Messages under way.</content>
internal sealed partial class StateForm
{
    /// <summary>By sender: what is under way from two of them has no order.</summary>
    private void UnderWay(ProtocolMachine machine)
    {
        _form.WriteBool(machine.HasKthreadStep);
        foreach (Parcel parcel in machine.Parcels.OrderBy(parcel => parcel.Source.Index))
        {
            _form.Write(parcel.Source);
            _form.Write(parcel.Target);
            _form.WriteInt64(parcel.SentAt.Nanoseconds - _now);
            Message(parcel.Message);
        }
    }

    private void Message(Message message)
    {
        switch (message)
        {
            case SharedPageUpdate { Field: PageField.ExpireTsc } update:
                _form.WriteByte(1);
                Name(update.Value);
                _form.WriteBool(update.Disarms);
                _form.Write(update.Pcpu);
                break;
            case SharedPageUpdate update:
                _form.WriteByte(2);
                Distance((long)update.Value.Value);
                break;
            case PostedInterrupt posted:
                _form.WriteByte(3);
                Name(posted.Deadline!.Value);
                break;
            case ProgramTimer program:
                _form.WriteByte(4);
                _form.WriteInt32((int)program.Request.Kind);
                Name(program.Request.Deadline);
                Distance(program.Request.Due.Nanoseconds);
                break;
            default:
                _form.WriteByte(5);
                if (message is PageArrived arrived)
                {
                    _form.Write(arrived.Vcpu);
                }
                else
                {
                    MessageCodec.Write(_form, message);
                }
                break;
        }
    }
}
