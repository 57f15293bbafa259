using System;
using System.Security.Cryptography;
using System.Text;
using PvTimer.Sharding.Security;

namespace PvTimer.OpsConsole.Orders;

/// <summary>
/// Stands before every order, whatever its verb and wherever it comes from: may this console change anything,
/// does who orders have the token, has he said why, and has he seen what will happen?
/// </summary>
/// <param name="allowsControl">The console was started to change things, too.</param>
/// <param name="token">What has to be shown.</param>
public sealed class OrderGuard(bool allowsControl, ControlToken token)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Whether it lets anything pass.</summary>
    public bool AllowsControl => allowsControl;

    /// <summary>Why an order may not pass; null: it may.</summary>
    /// <param name="order">What is wanted.</param>
    /// <param name="shown">The token that came with it; null: none did.</param>
    /// <param name="plan">What would happen, as things are now.</param>
    public OrderAnswer? Refuse(OrderRequest order, string? shown, OrderPlan plan)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(plan);
        return MayControl(shown) is { } closed ? closed
            : string.IsNullOrWhiteSpace(order.Reason)
                ? new OrderAnswer(
                    OrderOutcome.NoReason,
                    "no reason; accepted: a few words in 'reason'"
                )
            : order.Confirm != plan.Confirm
                ? new OrderAnswer(
                    OrderOutcome.NotConfirmed,
                    "the plan was not seen, or things have changed since; accepted: the 'confirm' of a plan made now"
                )
            : null;
    }

    /// <summary>Why whoever shows this may change nothing; null: he may.</summary>
    public OrderAnswer? MayControl(string? shown) =>
        !allowsControl
            ? new OrderAnswer(
                OrderOutcome.ReadOnly,
                "this console only shows; accepted: one that was started with --allow-control"
            )
        : shown is null
            ? new OrderAnswer(
                OrderOutcome.NoToken,
                "no control token; accepted: the header 'Authorization: Bearer TOKEN'"
            )
        : !token.Matches(shown)
            ? new OrderAnswer(
                OrderOutcome.WrongToken,
                "that is not the control token; accepted: the token in the file that the nodes have read"
            )
        : null;

    /// <summary>What confirms a plan: it stands for the order and all that the plan rests on.</summary>
    internal string Seal(OrderRequest order, string state)
    {
        string text = string.Join('\n', order.Verb, order.Subject, order.To, state);
        return Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)))[
            ..16
        ];
    }
}
