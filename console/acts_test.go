package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"srtm/act"
	"srtm/policy"
)

// byHand is an act.Register with what a gateway adds.
type byHand struct {
	*act.Register
	policy *policy.Policy
}

func (b byHand) Preview(o act.Order) (act.Preview, error) {
	return act.Foresee(act.Present{Policy: b.policy, At: time.Unix(1_790_000_000, 0)}, o)
}

func (b byHand) Presets() []policy.Preset { return b.policy.Presets }

// asker has requests answered by the routes of acts.
type asker struct {
	t   *testing.T
	mux http.Handler
}

func newAsker(t *testing.T) asker {
	t.Helper()
	text := "name: One\ncapacity: 100/s\nportfolio: p.csv\napproval: two\npresets: [{name: half, capacity: 50/s, for: 4h}]\n"
	rows := "account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,600\n"
	p, err := policy.ParseFiles([]policy.File{{Name: "p.yaml", Text: []byte(text)}, {Name: "p.csv", Text: []byte(rows)}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := act.Open(t.TempDir()+"/acts", act.Options{Policy: func() *policy.Policy { return p }})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{source: Source{Acts: byHand{r, p}, Policy: func() *policy.Policy { return p }}}
	mux := http.NewServeMux()
	for _, r := range actRoutes() {
		mux.HandleFunc(r.method+" "+base+r.path, func(w http.ResponseWriter, req *http.Request) {
			c, _ := s.newCall(w, req)
			s.serveRoute(c, r)
		})
	}
	return asker{t, mux}
}

// asks fails unless the answer has a status and says something.
func (a asker) asks(what, body string, status int, says string) string {
	a.t.Helper()
	method, path, _ := strings.Cut(what, " ")
	w := httptest.NewRecorder()
	a.mux.ServeHTTP(w, httptest.NewRequest(method, base+path, strings.NewReader(body)))
	if w.Code != status || !strings.Contains(w.Body.String(), says) {
		a.t.Errorf("%s %s: %d %s", what, body, w.Code, w.Body)
	}
	return w.Body.String()
}

func TestActsByHandOverHTTP(t *testing.T) {
	a := newAsker(t)
	order := `{"by":"Olga","capacity":"60/s","hold":{"ALPHA":"5/min"},"for":"1h30m","reason":"slow"}`
	a.asks("POST /acts?preview=true", `{"capacity":"60/s","for":"6h"}`, 200, "Capacity 100/s → 60/s for 6 h")
	a.asks("POST /acts?preview=perhaps", order, 400, "preview is true or false")
	a.asks("POST /acts?preview=true", `{"for":"6h"}`, 422, "nothing is done by it")
	a.asks("GET /acts", "", 200, `"running": []`)
	a.asks("GET /presets", "", 200, `"does": "capacity 50/s"`)
	a.asks("POST /acts", order, 200, `"state": "waiting"`)
	a.asks("POST /acts/1/approve", `{"by":"olga"}`, 422, "another person is to approve it")
	a.asks("POST /acts/one/approve", `{"by":"Bob"}`, 404, "named by its number")
	a.asks("POST /acts/9/approve", `{"by":"Bob"}`, 422, "there is no act 9")
	a.asks("POST /acts/1/approve", `{"by":"Bob"}`, 200, `"state": "running"`)
	a.asks("GET /acts", "", 200, `"does": "capacity 60/s, ALPHA held to 0.083333333/s"`)
	a.asks("POST /acts/1/end", `{"by":"Bob","why":"over"}`, 200, `"state": "ended"`)
	a.asks("POST /acts", `{"by":"Olga","preset":"half","reason":"site B","capacity":"1/s"}`, 422, "done as it was prepared")
	a.asks("POST /acts", `{"by":"Olga","preset":"half","reason":"site B","until":"never"}`, 400, "unknown field")
	a.asks("POST /acts", `{"by":"Olga","capacity":"-1/s","for":"1h","reason":"x"}`, 400, "is not a rate")
	a.asks("POST /references", `{"by":"Olga","about":7,"reference":"INC-1"}`, 200, `"reference": "INC-1"`)
	a.asks("POST /references", `{"by":"Olga","about":7}`, 422, "say both")
	var got ActAnswer
	if err := json.Unmarshal([]byte(a.asks("POST /acts", `{"by":"Olga","preset":"half","reason":"site B"}`, 200, `"preset": "half"`)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Act == nil || got.Act.State != act.Running || time.Duration(got.Act.For) != 4*time.Hour || got.Act.Capacity.String() != "50/s" {
		t.Errorf("%+v", got.Act)
	}
}

func TestWhatFailsIsNoRefusal(t *testing.T) {
	if status, _ := statusOf(unfit(errors.New("the disk is full"))); status != http.StatusConflict {
		t.Error(status)
	}
}
