package duis

// entry is one row of the catalogue.
type entry struct {
	text    string // as in ServiceReferenceVariant
	name    string
	roles   Roles // none where no public source names them
	kind    kind
	modes   Modes
	process Process
}

type kind bool

const (
	critical kind = true
	plain    kind = false
)

// Short names, so that a row below is a line.
const (
	is  = ImportSupplier
	es  = ExportSupplier
	gs  = GasSupplier
	rsa = RegisteredSupplierAgent
	ed  = ElectricityDistributor
	gt  = GasTransporter
	ou  = OtherUser

	od    = OnDemand
	fdsp  = FutureDatedDSP
	fdev  = FutureDatedDevice
	sched = DCCScheduled
	dcc   = DCCOnly

	tariff               Process = "tariff"
	prepayment           Process = "prepayment"
	reads                Process = "reads"
	supply               Process = "supply"
	firmware             Process = "firmware"
	changeOfSupplier     Process = "change of supplier"
	installAndCommission Process = "install and commission"
	other                Process = "other"
)

// variants is how many Service Request Variants there are.
const variants = 129

// catalogue has the Service Request Variants in the schema's order; the row's
// number is the Variant. Row 0 is Unknown.
var catalogue = [variants + 1]entry{
	{"unknown", "unknown variant", 0, plain, 0, other},
	{"1.1.1", "Update Import Tariff (Primary Element)", is | gs, critical, od | fdev, tariff},
	{"1.1.2", "Update Import Tariff (Secondary Element)", is, critical, od | fdev, tariff},
	{"1.2.1", "Update Price (Primary Element)", is | gs, critical, od | fdev, tariff},
	{"1.2.2", "Update Price (Secondary Element)", is, critical, od | fdev, tariff},
	{"1.5", "Update Meter Balance", is | gs, critical, od, prepayment},
	{"1.6", "Update Payment Mode", is | gs, critical, od | fdev, prepayment},
	{"1.7", "Reset Tariff Block Counter Matrix", is, critical, od, tariff},
	{"2.1", "Update Prepay Configuration", is | gs, critical, od | fdev, prepayment},
	{"2.2", "Top Up Device", is | gs, plain, od, prepayment},
	{"2.3", "Update Debt", is | gs, critical, od, prepayment},
	{"2.5", "Activate Emergency Credit", is | gs, critical, od, prepayment},
	{"3.1", "Display Message", is | gs, plain, od | fdsp, other},
	{"3.2", "Restrict Access For Change Of Tenancy", is | gs, plain, od | fdsp, changeOfSupplier},
	{"3.3", "Clear Event Log", is | gs, plain, od, other},
	{"3.4", "Update Supplier Name", is | gs, plain, od | fdsp, other},
	{"3.5", "Disable Privacy PIN", is | gs, plain, od, other},
	{"4.1.1", "Read Instantaneous Import Registers", is | gs | ed | gt, plain, od | fdsp, reads},
	{"4.1.2", "Read Instantaneous Import TOU Matrices", is | gs | ed | gt, plain, od | fdsp, reads},
	{"4.1.3", "Read Instantaneous Import TOU With Blocks Matrices", is | ed, plain, od | fdsp, reads},
	{"4.1.4", "Read Instantaneous Import Block Counters", gs, plain, od | fdsp, reads},
	{"4.2", "Read Instantaneous Export Registers", es | ed, plain, od | fdsp | sched, reads},
	{"4.3", "Read Instantaneous Prepay Values", is | gs, plain, od | fdsp, prepayment},
	{"4.4.2", "Retrieve Change Of Mode / Tariff Triggered Billing Data Log", is | gs, plain, od | fdsp, reads},
	{"4.4.3", "Retrieve Billing Calendar Triggered Billing Data Log", is | gs, plain, od | fdsp, reads},
	{"4.4.4", "Retrieve Billing Data Log (Payment Based Debt Payments)", is | gs, plain, od | fdsp, reads},
	{"4.4.5", "Retrieve Billing Data Log (Prepayment Credits)", is | gs, plain, od | fdsp, reads},
	{"4.6.1", "Retrieve Import Daily Read Log", is | gs, plain, od | fdsp | sched, reads},
	{"4.6.2", "Retrieve Export Daily Read Log", es, plain, od | fdsp | sched, reads},
	{"4.8.1", "Read Active Import Profile Data", is | gs | ed | gt | ou, plain, od | fdsp | sched, reads},
	{"4.8.2", "Read Reactive Import Profile Data", is | ed | ou, plain, od | fdsp | sched, reads},
	{"4.8.3", "Read Export Profile Data", es | ed | ou, plain, od | fdsp | sched, reads},
	{"4.10", "Read Network Data", is | gs | ed | gt, plain, od | fdsp | sched, reads},
	{"4.11.1", "Read Tariff (Primary Element)", is | gs | ou, plain, od, reads},
	{"4.11.2", "Read Tariff (Secondary Element)", is | ou, plain, od, reads},
	{"4.12.1", "Read Maximum Demand Import Registers", is | ed, plain, od | fdsp | sched, reads},
	{"4.12.2", "Read Maximum Demand Export Registers", es | ed, plain, od | fdsp | sched, reads},
	{"4.13", "Read Prepayment Configuration", is | gs, plain, od | fdsp, prepayment},
	{"4.14", "Read Prepayment Daily Read Log", is | gs, plain, od | fdsp | sched, prepayment},
	{"4.15", "Read Load Limit Data", is | ed, plain, od | fdsp | sched, reads},
	{"4.16", "Read Active Power Import", is | ed, plain, od | sched, reads},
	{"4.17", "Retrieve Daily Consumption Log", is | gs | ed | gt | ou, plain, od | fdsp | sched, reads},
	{"4.18", "Read Meter Balance", is | gs, plain, od | fdsp, prepayment},
	{"5.1", "Create Schedule", is | es | gs | ed | gt | ou, plain, dcc, reads},
	{"5.2", "Read Schedule", is | es | gs | ed | gt | ou, plain, dcc, reads},
	{"5.3", "Delete Schedule", is | es | gs | ed | gt | ou, plain, dcc, reads},
	{"6.2.1", "Read Device Configuration (Voltage)", is | rsa | ed, plain, od, other},
	{"6.2.2", "Read Device Configuration (Randomisation)", is | rsa | ed, plain, od, other},
	{"6.2.3", "Read Device Configuration (Billing Calendar)", is | gs | rsa, plain, od, other},
	{"6.2.4", "Read Device Configuration (Identity Exc MPxN)", is | es | gs | rsa | ed | gt | ou, plain, od, other},
	{"6.2.5", "Read Device Configuration (Instantaneous Power Thresholds)", is | rsa, plain, od, other},
	{"6.2.7", "Read Device Configuration (MPxN)", is | es | gs | rsa | ed | gt | ou, plain, od, other},
	{"6.2.8", "Read Device Configuration (Gas)", gs | rsa | gt, plain, od, other},
	{"6.2.9", "Read Device Configuration (Payment Mode)", is | gs | rsa, plain, od, other},
	{"6.2.10", "Read Device Configuration (Event and Alert Behaviours)", is | gs | ed, plain, od, other},
	{"6.4.1", "Update Device Configuration (Load Limiting General Settings)", is, critical, od | fdev, other},
	{"6.4.2", "Update Device Configuration (Load Limiting Counter Reset)", is, plain, od | fdsp, other},
	{"6.5", "Update Device Configuration (Voltage)", ed, plain, od | fdsp, other},
	{"6.6", "Update Device Configuration (Gas Conversion)", gs, critical, od, other},
	{"6.7", "Update Device Configuration (Gas Flow)", gs, critical, od, other},
	{"6.8", "Update Device Configuration (Billing Calendar)", is | gs, critical, od, other},
	{"6.11", "Synchronise Clock", is | gs, critical, od, other},
	{"6.12", "Update Device Configuration (Instantaneous Power Threshold)", is, plain, od | fdsp, other},
	{"6.13", "Read Event Or Security Log", is | gs | rsa | ed | gt, plain, od, other},
	{"6.14.1", "Update Device Configuration (Auxiliary Load Control Description)", is, critical, od, other},
	{"6.14.2", "Update Device Configuration (Auxiliary Load Control Scheduler)", is, critical, od | fdev, other},
	{"6.14.3", "Update Device Configuration (Auxiliary Controller Scheduler)", is, critical, od | fdev, other},
	{"6.15.1", "Update Security Credentials (KRP)", is | gs | ed | gt, critical, od | fdev, other},
	{"6.15.2", "Update Security Credentials (Device)", is | gs, critical, od, other},
	{"6.17", "Issue Security Credentials", is | gs, critical, od, other},
	{"6.18.1", "Set Maximum Demand Configurable Time Period", ed, plain, od | fdsp, other},
	{"6.18.2", "Reset Maximum Demand Registers", ed, plain, od | fdsp, other},
	{"6.20.1", "Set Device Configuration (Import MPxN)", is | gs, plain, od | fdsp, other},
	{"6.20.2", "Set Device Configuration (Export MPAN)", es, plain, od | fdsp, other},
	{"6.21", "Request Handover Of DCC Controlled Device", is | gs, plain, od | fdsp, changeOfSupplier},
	{"6.22", "Configure Alert Behaviour", is | gs | ed, plain, od, other},
	{"6.23", "Update Security Credentials (CoS)", is | gs, plain, od | fdsp | fdev, changeOfSupplier},
	{"6.24.1", "Retrieve Device Security Credentials (KRP)", is | gs | ed | gt, plain, od, other},
	{"6.24.2", "Retrieve Device Security Credentials (Device)", is | gs, critical, od, other},
	{"6.25", "Set Electricity Supply Tamper State", is, critical, od, other},
	{"6.26", "Update Device Configuration (daily resetting of Tariff Block Counter Matrix)", is, critical, od, other},
	{"6.27", "Update Device Configuration (RMS Voltage Counter Reset)", ed, plain, od | fdsp, other},
	{"6.28", "Set CHF Sub GHz Configuration", is | gs, plain, od, other},
	{"6.29", "Request CHF Sub GHz Channel Scan", is | gs, plain, od, other},
	{"6.30", "Read CHF Sub GHz Configuration", is | gs | rsa, plain, od, other},
	{"6.31", "Read CHF Sub GHz Channel", is | gs | rsa, plain, od, other},
	{"6.32", "Read CHF Sub GHz Channel Log", is | gs | rsa, plain, od, other},
	{"7.1", "Enable Supply", is, critical, od, supply},
	{"7.2", "Disable Supply", is | gs, critical, od, supply},
	{"7.3", "Arm Supply", is | gs, critical, od, supply},
	{"7.4", "Read Supply Status", is | es | gs | rsa | ed | gt, plain, od, supply},
	{"7.5", "Activate Auxiliary Load", is, critical, od, other},
	{"7.6", "Deactivate Auxiliary Load", is, critical, od, other},
	{"7.7", "Read Auxiliary Load Switch Data", is | ed | ou, plain, od | fdsp, other},
	{"7.8", "Reset Auxiliary Load", is, critical, od, other},
	{"7.9", "Add Auxiliary Load To Boost Button", is, plain, od | fdsp, other},
	{"7.10", "Remove Auxiliary Load From Boost Button", is, plain, od | fdsp, other},
	{"7.11", "Read Boost Button Details", is | ou, plain, od | fdsp, other},
	{"7.12", "Set Randomised Offset Limit", is, critical, od, other},
	{"7.13", "Set Auxiliary Controller State", is, critical, od, other},
	{"7.14", "Read Auxiliary Controller Configuration Data", is | ed | ou, plain, od | fdsp, other},
	{"7.15", "Read Auxiliary Controller Operational Data", is | ed | ou, plain, od | fdsp, other},
	{"7.16", "Limit APC Level", 0, critical, od, other},
	{"8.1.1", "Commission Device", is | gs, critical, od, installAndCommission},
	{"8.2", "Read Inventory", is | es | gs | rsa | ed | gt | ou, plain, dcc, installAndCommission},
	{"8.3", "Decommission Device", is | gs, plain, dcc, installAndCommission},
	{"8.4", "Update Inventory", is | es | gs | rsa | ed | gt | ou, plain, dcc, installAndCommission},
	{"8.5", "Service Opt Out", 0, plain, fdsp, installAndCommission},
	{"8.6", "Service Opt In", 0, plain, dcc, installAndCommission},
	{"8.7.1", "Join Service (Critical)", is | gs, critical, od, installAndCommission},
	{"8.7.2", "Join Service (Non-Critical)", is | gs | ou, plain, od, installAndCommission},
	{"8.8.1", "Unjoin Service (Critical)", is | gs, critical, od, installAndCommission},
	{"8.8.2", "Unjoin Service (Non-Critical)", is | gs | ou, plain, od, installAndCommission},
	{"8.9", "Read Device Log", is | gs | ou, plain, od | fdsp, installAndCommission},
	{"8.11", "Update HAN Device Log", is | gs | ou, plain, od | fdsp, installAndCommission},
	{"8.12.1", "Restore HAN Device Log", is | gs, plain, od, installAndCommission},
	{"8.12.2", "Restore Gas Proxy Function Device Log", is | gs, plain, od, installAndCommission},
	{"8.13", "Return Local Command Response", is | gs, plain, dcc, installAndCommission},
	{"8.14.1", "Communications Hub Status Update - Install Success", is | gs, plain, dcc, installAndCommission},
	{"8.14.2", "Communications Hub Status Update - Install No SM WAN", is | gs, plain, dcc, installAndCommission},
	{"8.14.3", "Communications Hub Status Update - Fault Return", is | gs, plain, dcc, installAndCommission},
	{"8.14.4", "Communications Hub Status Update - No Fault Return", is | gs, plain, dcc, installAndCommission},
	{"9.1", "Request Customer Identification Number", ou, plain, od, other},
	{"11.1", "Update Firmware", is | gs, plain, dcc, firmware},
	{"11.2", "Read Firmware Version", is | es | gs | rsa | ed | gt | ou, plain, od | fdsp, firmware},
	{"11.3", "Activate Firmware", is | gs, critical, od | fdev, firmware},
	{"11.4", "Update PPMID Firmware", is | gs, plain, dcc, firmware},
	{"12.1", "Request WAN Matrix", is | es | gs | rsa | ed | gt | ou, plain, dcc, installAndCommission},
	{"12.2", "Device Pre-notification", is | es | gs | rsa | ed | gt | ou, plain, dcc, installAndCommission},
	{"14.1", "Record Network Data (GAS)", gt, plain, od | sched, reads},
}
