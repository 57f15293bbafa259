using System;
using System.Collections;
using System.Collections.Concurrent;
using System.Linq;
using System.Reflection;
using PvTimer.ActorTime.Worlds;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Observing;

/// <summary>A message in one line, with the names of entities instead of their numbers.</summary>
internal static class MessageText
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> s_parts = new();

    public static string Of(object message, Func<EntityId, string> nameOf)
    {
        if (message is Command command)
        {
            return command.ToString();
        }
        if (message is not (Message or InterruptTaken or MsrAccessed))
        {
            return Journal.MessageText(message);
        }
        Type type = message.GetType();
        PropertyInfo[] parts = s_parts.GetOrAdd(
            type,
            static each =>
                [
                    .. each.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                        .Where(part => part.GetIndexParameters().Length == 0),
                ]
        );
        string fields = string.Join(
            ", ",
            parts.Select(part => $"{part.Name} {Value(part.GetValue(message), nameOf)}")
        );
        return fields.Length == 0 ? type.Name : $"{type.Name} {{ {fields} }}";
    }

    private static string Value(object? value, Func<EntityId, string> nameOf) =>
        value switch
        {
            null => "-",
            EntityId entity => nameOf(entity),
            VirtualTime time => EventTable.TimeText(time),
            string text => text,
            IEnumerable many => string.Join(
                "|",
                many.Cast<object?>().Select(v => Value(v, nameOf))
            ),
            _ => value.ToString() ?? "-",
        };
}
