from ezvtb.play.news import News


def test_only_what_is_new_is_told_and_figures_are_not() -> None:
    news = News()
    assert news.of(["Alive: 28 of 30.", "tha: CPU"]) == ["Alive: 28 of 30.", "tha: CPU"]
    assert news.of(["Alive: 27.5 of 30.", "tha: CPU"]) == []
    assert news.of(["Engine trouble: it died.", "tha: CPU"]) == ["Engine trouble: it died."]
    assert news.of(["Alive: 30 of 30.", "tha: CPU"]) == ["Alive: 30 of 30."]
