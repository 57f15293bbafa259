using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Vcpus;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <content>What is done to a vCPU: commands to its guest, a device's interrupts, userspace.</content>
internal sealed partial class EventReader
{
    private const string GuestKey = "guest";
    private const string InterruptKey = "interrupt";
    private const string SetMsrKey = "set-msr";
    private const string SaveRestoreKey = "save-restore";
    private const string DoKey = "do";
    private const string HandlerKey = "in-handler";

    private CommandSettings Command(Settings from, VirtualDuration at, string name)
    {
        (string vm, int vcpu, VmSettings of) = Vcpu(from, GuestKey, at, name);
        if (of.Guest is not CommandedGuest)
        {
            throw from.Error(
                GuestKey,
                $"the guest of {vm} takes no commands",
                "a VM with guest { type = commanded }"
            );
        }
        if (!from.Has(DoKey) && !from.Has(HandlerKey))
        {
            throw from.Missing(DoKey, $"{DoKey} = [ \"...\" ] with {InstructionText.Forms}");
        }
        return new CommandSettings(
            at,
            vm,
            vcpu,
            Instructions(from, DoKey),
            from.Has(HandlerKey) ? Instructions(from, HandlerKey) : null
        );
    }

    private InterruptSettings Interrupt(Settings from, VirtualDuration at, string name)
    {
        (string vm, int vcpu, _) = Vcpu(from, InterruptKey, at, name);
        return new InterruptSettings(
            at,
            vm,
            vcpu,
            (byte)Unsigned(from, "vector", 16, byte.MaxValue, "a vector from 16 to 255")
        );
    }

    private SetMsrSettings SetMsr(Settings from, VirtualDuration at, string name)
    {
        const string MsrKey = "msr";
        const string ValueKey = "value";
        (string vm, int vcpu, _) = Vcpu(from, SetMsrKey, at, name);
        uint msr = (uint)Unsigned(
            from,
            MsrKey,
            0,
            uint.MaxValue,
            "a number of 32 bits such as 0x6e0"
        );
        ulong value = Unsigned(
            from,
            ValueKey,
            0,
            ulong.MaxValue,
            "a number of 64 bits such as 0x10 or 16"
        );
        if (UserspaceMsrs.FlawOfRegister(msr, _enableMsr) is { } unknown)
        {
            throw from.Error(MsrKey, unknown, UserspaceMsrs.Forms);
        }
        return UserspaceMsrs.FlawOfValue(msr, value) is { } refused
            ? throw from.Error(ValueKey, refused, "a value without reserved bits")
            : new SetMsrSettings(at, vm, vcpu, msr, value);
    }

    private SaveRestoreSettings SaveRestore(Settings from, VirtualDuration at, string name)
    {
        (string vm, int vcpu, _) = Vcpu(from, SaveRestoreKey, at, name);
        return new SaveRestoreSettings(at, vm, vcpu);
    }

    private static ImmutableArray<GuestInstruction> Instructions(Settings from, string key) =>
        [
            .. (from.Has(key) ? from.Words(key) : []).Select(word =>
                InstructionText.TryParse(word.Value, out GuestInstruction instruction)
                    ? instruction
                    : throw new ScenarioException(
                        word.At,
                        word.Path,
                        $"'{word.Value}' {InstructionText.WhyNone(word.Value)}",
                        InstructionText.Forms
                    )
            ),
        ];

    private static ulong Unsigned(
        Settings from,
        string key,
        ulong least,
        ulong most,
        string accepted
    )
    {
        string text = from.RequiredText(key, accepted);
        return
            InstructionText.TryNumber(text, out ulong number) && number >= least && number <= most
            ? number
            : throw from.Error(key, $"'{text}' is not accepted", accepted);
    }
}
