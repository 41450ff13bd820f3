from text_table import columns, table


def test_columns_are_as_wide_as_their_longest_cell():
    assert columns([["a", "bbb"], ["cc", "d"]]) == [2, 3]


def test_table_is_aligned():
    assert table([["a", "bbb"], ["cc", "d"]]) == "a  | bbb\ncc | d  "


def test_table_is_a_text():
    assert isinstance(table([["x"]]), str)


def test_a_header_is_underlined():
    assert table([["x", "y"], ["1", "22"]], header=True).split("\n")[1] == "--+---"


def test_no_rows():
    assert table([]) == ""
    assert columns([]) == []
