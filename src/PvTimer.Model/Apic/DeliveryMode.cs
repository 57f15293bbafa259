namespace PvTimer.Model.Apic;

/// <summary>Bits 10:8 of the interrupt command register (Intel SDM vol. 3A, 12.6.1).</summary>
public enum DeliveryMode
{
    Fixed = 0,
    LowestPriority = 1,
    SystemManagement = 2,
    Nmi = 4,
    Init = 5,
    StartUp = 6,
}
