package duis

// CommandVariant says what a message asks the DSP to do with a command, 1 to 9
// in the schema:
//
//	1  send a non-critical command to the device
//	2  return a non-critical command for local delivery
//	3  both of these
//	4  transform a critical request into a Pre-Command
//	5  send the command of a Signed Pre-Command to the device
//	6  return the command of a Signed Pre-Command for local delivery
//	7  both of these
//	8  a request to the DCC alone
//	9  internal to the DCC's systems: the schema has it, no Service User sends it
type CommandVariant uint8

// Service is the web service of the DSP that the Command Variant belongs to.
// For 9, and what is no Command Variant, it is NoService.
func (c CommandVariant) Service() Service {
	switch c {
	case 1, 3, 5, 7:
		return SendCommand
	case 2, 6, 8:
		return NonDevice
	case 4:
		return Transform
	default:
		return NoService
	}
}

// Service is one of the three web services that take Service Requests.
type Service uint8

// The web services. Send Command acknowledges and sends the result later; the
// other two answer at once.
const (
	NoService Service = iota
	SendCommand
	NonDevice
	Transform
)

// String is the name: "Send Command".
func (s Service) String() string {
	switch s {
	case SendCommand:
		return "Send Command"
	case NonDevice:
		return "Non-Device"
	case Transform:
		return "Transform"
	default:
		return "no service"
	}
}
